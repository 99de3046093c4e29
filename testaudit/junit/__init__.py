"""Results of JUnit files, of any runner, without running anything.

stream.py         a file -> its cases as they stand there, with limits on everything
meaning.py        a case -> an attempt; what pytest means by it (further dialects stand beside it)
addresses.py      classname and name -> node id, by the test files that are known
results.py        files -> a Run: cases grouped into tests, what is missing, what disagrees
second_record.py  the run's own file, held against the probe's log
"""

from testaudit.junit.cases import Case, Result
from testaudit.junit.results import run_from_junit
from testaudit.junit.second_record import held_against
from testaudit.junit.stream import Reading, read_junit

__all__ = ["Case", "Reading", "Result", "held_against", "read_junit", "run_from_junit"]
