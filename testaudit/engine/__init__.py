"""The only place that starts pytest. Open `interface.py` first."""
