"""Over-mocking: one rule a file."""
