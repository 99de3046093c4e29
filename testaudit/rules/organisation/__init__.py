"""Suite organisation: one rule a file."""
