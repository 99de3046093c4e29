"""What changed: an audit against baseline and merge base. Open `interface.py` first."""
