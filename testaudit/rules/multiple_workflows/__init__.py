"""Multiple workflows in one test: one rule a file."""
