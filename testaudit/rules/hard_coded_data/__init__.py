"""Hard-coded test data: one rule a file."""
