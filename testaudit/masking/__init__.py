"""Secrets, lengths and control characters, before anything is kept or shown. Open `interface.py` first."""
