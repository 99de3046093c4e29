"""What may be varied in a further run, and what its outcomes prove. Open `interface.py` first."""
