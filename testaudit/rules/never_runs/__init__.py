"""Test that never runs: one rule a file."""
