"""Work that goes on beside the tests, on another core: the static rules, the revision."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Background(Generic[T]):
    """A function's result, computed in a thread that does not keep the program alive."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="testaudit-background", daemon=True)

    def start(self) -> None:
        """Begin, if nobody did so before."""
        if self._thread.ident is None:
            self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - handed to the one who asks for the result
            self._error = error

    def result(self) -> T:
        """Wait for the result; what the function raised is raised here."""
        self.start()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value] # without an error the function returned a T
