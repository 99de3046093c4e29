"""Sets itself up when it is imported."""

import logging
import os
import signal
import sys

os.environ["LIBRARY_HOME"] = "somewhere"
logging.getLogger(__name__).setLevel(logging.INFO)
logging.getLogger(__name__).addHandler(logging.StreamHandler(sys.__stderr__))


def on_signal(number, frame):
    pass


signal.signal(signal.SIGUSR2, on_signal)
