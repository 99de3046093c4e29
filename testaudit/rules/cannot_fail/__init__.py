"""Test that cannot fail: one rule a file."""
