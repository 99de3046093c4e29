"""Results of JUnit files, of any runner, without running anything.

stream.py         a file -> its cases as they stand there, with limits on everything
events.py         expat's events -> cases
repair.py         the second reading of a file that is not well-formed
cases.py          what stands in a file: suites, cases, results
dialects/         what one runner means by what it writes, in the general rules' terms; one file a family of runners
meaning.py        a case -> an attempt: the general rules, and pytest's own words
traces.py         the text of a failure in any language -> type, message, place
addresses.py      classname and name -> node id, by the test files that are known
grouping.py       the cases of one file -> its tests: attempts, parts, tests of one name
results.py        files -> a Run: what is missing, what disagrees
second_record.py  the run's own file, held against the probe's log
"""

from testaudit.junit.cases import Case, Result
from testaudit.junit.results import run_from_junit
from testaudit.junit.second_record import held_against
from testaudit.junit.stream import Reading, read_junit

__all__ = ["Case", "Reading", "Result", "held_against", "read_junit", "run_from_junit"]
