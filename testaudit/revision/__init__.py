"""What git knows of the project: its revision, what changed since another one, whose it is."""
