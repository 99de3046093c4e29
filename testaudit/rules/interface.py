"""What a rule is, for those who write one: one file, its examples beside its detector.

A rule reads the source index, never a tree and never a file. `find` is static and depends on source alone (so that
its findings can be cached by content); `weigh` looks at one finding beside what the run showed, and may add
evidence, raise the confidence, or drop the finding by answering None.
"""
