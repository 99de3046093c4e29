"""testaudit: does this test suite deserve trust, why not, what does that cost, and what to do first?

The map. A file is a step; a folder is a family, and you open its `interface.py` first. Steps never import each other:
`audit.py` calls them in order. Imports point down only, from the first line to the last, and import-linter sees to it:

    cli/                  one command a file: argv -> options, Audit -> text, verdict -> exit code
    fleet.py              several projects of one repository -> one audit
    audit.py              THE pipeline: collect, run, parse, classify, gate
    lint.py               the static rules alone
    record.py             an audit -> the baseline that records it, refused where it would lower the bar
    hunt.py               a budget of further runs -> evidence of what a failure depends on
    conclude.py           what was seen -> what it means, as one Audit
    init.py               what is in a project -> the files that put it in CI, never over what is there

    judgement.py          an audit and its grounds -> the same audit, compared and judged
    whose.py              whose a failure is: owners, and who changed its test last
    grounds.py            what an audit is held against: baseline, quarantine, merge base
    before.py             which findings the merge base had already
    comparison/           family: what changed; one question a file

    collect.py            the project -> what is to be audited: options, test sources
    parse.py              the probe's log -> Run
    junit/                JUnit XML of any size, as a stream -> Run
    classify.py           test sources x rules -> suspicions
    reach.py              the probe's coverage per test -> what each test reached
    weigh.py              suspicions x the run -> findings
    repairs.py            what to repair first, and what the pass rate is then
    levels.py             which level of the pyramid a test belongs to
    summary.py            the counts and the pass rate
    gate.py               audit x checks -> verdict
    report/               family: one output format a file
    troubles.py           the record of an exception -> what was raised, where, and what it says
    traces.py             what a test left behind and reached for, as the probe saw it
    endings.py            how a run ended: what is missing in it, and why
    excuses.py            skips and xfails: conditional or not, tracked or not
    engine/               the only place that starts pytest, and that finds its interpreter

    rules/                family: one rule a file, one folder an anti-pattern
    causes/               family: why a test failed; one cause a file, ranked, the first proven wins
    experiments/          family: what a further run varies, and what its outcomes prove
    checks/               family: what the gate asks; one check a file

    baseline/             `.testaudit/baseline.json`: what the suite reached, and what people accepted with a reason
    quarantine_edit.py    adds to it and takes from it, as text; what the last audit knows of the tests in it
    quarantine.py         `.testaudit/quarantine.toml`: which tests may fail, who answers for that, and until when
    revision/             family: what git knows: which commit was audited, what changed since, whose it is
    earlier.py            what the last audit knows of the tests that fail now
    without_secrets.py    an audit as it may be kept and shown
    background.py         work beside the tests, on another core
    installation.py       how CI installs a project: the files of its tools -> shell commands
    ci_server.py          which repository holds the project, and which CI server it is on
    additions.py          text at the end of somebody's TOML or YAML: every byte of theirs stays
    templates_folder.py   where the templates lie, in a checkout and in a wheel
    rates.py              how much a count of attempts says: a failure rate and its interval
    source/               test source, read once: discovery, index, fixtures
    projects.py           which folder is the project, and which lie below it
    config.py             `[tool.testaudit]` -> Config
    paths.py              how paths and node ids are written, and which code is the project's own
    masking/              family: secrets, lengths and control characters, before anything is kept or shown
    model/                the glossary: frozen values
    errors.py             the errors that a person is meant to read

    probe/                small files that are copied into the target's run; nothing imports them
    __main__.py           the command, and the one catch
"""

__version__ = "0.1.0"
