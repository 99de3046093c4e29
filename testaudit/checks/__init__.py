"""What the gate asks: one check a file. Open `interface.py` first."""
