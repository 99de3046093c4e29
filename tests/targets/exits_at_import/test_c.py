"""A module that leaves as a script would."""

import sys

sys.exit("this is a script")
