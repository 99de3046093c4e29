"""What the project accepted: the bar that only rises. Open `interface.py` first."""
