"""Test source, read once: discovery, the index (one parse, one walk a file), fixtures; `interface.py` first."""
