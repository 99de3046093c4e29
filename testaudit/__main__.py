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
    try:
        from testaudit.cli import invoke

        code = invoke(argv)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - whatever it was, it ends in the code that the contract gives it
        return _code_of(error)
    return code


def _code_of(error: BaseException) -> int:
    """Say what went wrong, and with which code that ends."""
    from testaudit.cli.errors import close_output, show, show_defect
    from testaudit.errors import AuditError, Terminated

    match error:
        case AuditError():
            show(error)
            return error.exit_code
        case Terminated():
            return EXIT_TERMINATED
        case KeyboardInterrupt():
            return EXIT_INTERRUPTED
        case SystemExit(code=int(code)) if not isinstance(error.__context__, BrokenPipeError):
            # Shell completion ends this way.
            return code
        case BrokenPipeError() | SystemExit():
            # The reader of our output went away (`| head`); what it saw was right, what it missed nobody judged.
            close_output()
        case _:
            show_defect(error)
    return 4


if __name__ == "__main__":
    main()
