"""What testaudit looks for: one rule a file, one folder an anti-pattern; `interface.py` first."""
