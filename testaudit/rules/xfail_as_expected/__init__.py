"""Failures ignored as "expected": one rule a file."""
