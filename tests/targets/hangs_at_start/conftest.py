"""Waits for something that never comes, before there is a session."""

import threading

threading.Event().wait()
