"""testaudit: does this test suite deserve trust, why not, and what does that cost?"""

__version__ = "0.1.0"
