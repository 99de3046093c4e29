"""A repository that would like to run something when it is looked at. Each way leaves a mark if it works."""

from __future__ import annotations

import pytest

from testaudit.revision.blame import blame
from testaudit.revision.interface import read_revision, read_since
from tests.revision.repositories import Clone


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "mark"


@pytest.fixture
def program(tmp_path, mark):
    """A program that leaves a mark and passes its input on."""
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    path.chmod(0o755)
    return str(path)


def look(root):
    """Everything that an audit asks git."""
    since = read_since(root, "main")
    texts = [since.text(path) for path in sorted(since.changed | since.deleted)]
    return since, texts, read_revision(root), blame(root, [("test_a.py", 1, 3)])


@pytest.fixture
def hostile(clone, program):
    """A repository whose attributes send every file through `evil`; old and new files are of one size."""
    clone.commit(
        **{"test_a.py": "one\ntwo\nthree\n", "test_b.py": "b\n" * 40, ".gitattributes": "* filter=evil diff=evil\n"}
    )
    clone.git("checkout", "--quiet", "-b", "topic")
    clone.commit(**{"test_c.py": "c"})
    (clone.root / "test_b.py").rename(clone.root / "test_d.py")
    return clone.write(**{"test_a.py": "one\ntwo\nTHREE\n", "test_d.py": "b\n" * 39 + "c\n"})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("core.fsmonitor", "{program}"),
        ("filter.evil.clean", "{program}"),
        ("filter.evil.smudge", "{program}"),
        ("filter.evil.process", "{program}"),
        ("filter.EVIL.With.Dots.clean", "{program}"),
        ("diff.evil.textconv", "{program}"),
        ("diff.evil.command", "{program}"),
        ("diff.external", "{program}"),
        ("core.pager", "{program}"),
        ("pager.diff", "{program}"),
        ("core.editor", "{program}"),
        ("core.sshCommand", "{program}"),
        ("credential.helper", "{program}"),
        ("log.showSignature", "true"),
        ("alias.diff", "!{program}"),
        ("alias.rev-parse", "!{program}"),
        ("core.alternateRefsCommand", "{program}"),
    ],
)
def test_no_program_of_the_configuration_runs(hostile, program, mark, key, value):
    hostile.git("config", key, value.format(program=program))
    hostile.git("config", "gpg.program", program)
    attributes = hostile.root / ".git" / "info" / "attributes"
    attributes.write_text(f"* filter={key.split('.', 1)[1].rpartition('.')[0] or 'evil'}\n")

    since, texts, revision, _ = look(hostile.root)

    assert not mark.exists()
    assert since.changed == {"test_a.py", "test_c.py", "test_d.py"}
    assert (since.renamed, texts[0], revision[2]) == ({"test_b.py": "test_d.py"}, b"one\ntwo\nthree\n", True)


def test_the_same_repository_does_run_something_when_git_is_simply_asked(hostile, program, mark):
    hostile.git("config", "core.fsmonitor", program)

    hostile.git("status")

    assert mark.exists()


def test_a_filter_that_cannot_be_switched_off_is_refused(hostile, program, mark):
    hostile.git("config", "filter.a=b.clean", program)

    with pytest.raises(Exception, match="filters that cannot be switched off"):
        read_since(hostile.root, "main")

    assert not mark.exists()


def test_no_hook_runs(hostile, program, mark):
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-commit", "post-checkout"):
        (hostile.root / ".git/hooks").mkdir(exist_ok=True)
        (hostile.root / ".git/hooks" / name).symlink_to(program)
    hostile.git("config", "core.fsmonitor", ".git/hooks/fsmonitor-watchman")

    look(hostile.root)

    assert not mark.exists()


def test_no_program_of_a_submodule_runs(hostile, program, mark, tmp_path):
    inner = Clone.made(tmp_path / "inner")
    inner.commit(**{"test_inner.py": "1"})
    hostile.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "vendored")
    vendored = Clone(hostile.root / "vendored").write(**{"test_inner.py": "2"})
    vendored.git("config", "core.fsmonitor", program)

    since = look(hostile.root)[0]

    assert not mark.exists()
    assert "vendored" in since.changed


def test_nothing_is_fetched(hostile, program, mark, tmp_path):
    hostile.git("config", "uploadpack.allowFilter", "true")
    lazy = Clone.of(hostile, tmp_path / "lazy", "--filter=blob:none", "--no-checkout")
    lazy.git("config", "remote.origin.url", f"ext::{program} %S")
    lazy.git("config", "protocol.ext.allow", "always")
    lazy.git("config", "remote.origin.uploadpack", program)

    with pytest.raises(Exception, match="partial clone"):
        read_since(lazy.root, "HEAD~1")

    assert not mark.exists()


def test_an_included_configuration_counts_as_well(hostile, program, mark):
    (hostile.root / "more").write_text(f'[filter "evil"]\n\tclean = {program}\n[core]\n\tfsmonitor = {program}\n')
    hostile.git("config", "include.path", "../more")

    look(hostile.root)

    assert not mark.exists()
