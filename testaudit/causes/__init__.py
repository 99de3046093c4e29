"""Why a test failed: one cause a file, ranked, the first proven wins. Open `interface.py` first."""
