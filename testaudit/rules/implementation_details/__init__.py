"""Testing implementation details: one rule a file."""
