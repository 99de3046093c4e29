"""`python -m testaudit`, and the `testaudit` command: argv in, exit code out; every error of ours is caught here."""

from __future__ import annotations

import os
import sys

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


def main() -> None:
    """Run the command line; never ends in 0 or 1 because of an error of our own."""
    _open_closed()
    sys.exit(run(sys.argv[1:]))


def _open_closed() -> None:
    """Give a closed standard stream (`>&-`) a place to go, before its number becomes that of a file of ours."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - it lives as long as we do


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code (contract, "Exit codes")."""
    from testaudit.errors import AuditError, Terminated

    try:
        from testaudit.cli import invoke

        code = invoke(argv)
        sys.stdout.flush()
    except AuditError as error:
        from testaudit.cli.errors import show

        show(error)
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # The reader of our output went away (`| head`); what it saw was right, what it missed nobody judged.
        # Of all that we call, only rich ends by `SystemExit`, and for this reason.
        from testaudit.cli.errors import close_output

        close_output()
        return 4
    except Terminated:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - an uncaught error must end in 4, with a sentence
        from testaudit.cli.errors import show_defect

        show_defect(error)
        return 4
    return code


if __name__ == "__main__":
    main()
