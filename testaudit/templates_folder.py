"""Where the templates lie: beside the package in a checkout or an editable install, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from testaudit.errors import AuditError


def templates_folder() -> Path:
    """The folder of templates.

    Raises:
        AuditError: the installation is damaged.

    """
    here = Path(__file__).resolve().parent
    for folder in (here / "templates", here.parent / "templates"):
        if (folder / "demo").is_dir():
            return folder
    message = "testaudit's templates are missing from this installation."
    raise AuditError(message, "Install testaudit again.")
