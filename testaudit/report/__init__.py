"""One output format a file; every one of them is a pure function of the audit. `interface.py` says what a format is."""
