"""`python -m testaudit`, and the `testaudit` command: argv in, exit code out; every error of ours is caught here."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line; never ends in 0 or 1 because of an error of our own."""
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code (contract, "Exit codes")."""
    from testaudit.errors import AuditError

    try:
        from testaudit.cli import invoke

        return invoke(argv)
    except AuditError as error:
        from testaudit.cli.errors import show

        show(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`| head`); what it saw was right, what it missed nobody judged.
        from testaudit.cli.errors import close_output

        close_output()
        return 4
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - an uncaught error must end in 4, with a sentence
        from testaudit.cli.errors import show_defect

        show_defect(error)
        return 4


if __name__ == "__main__":
    main()
