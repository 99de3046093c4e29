"""Missing test cleanup: one rule a file."""
