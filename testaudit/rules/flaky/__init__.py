"""Flaky test: one rule a file."""
