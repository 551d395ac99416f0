"""Errors that a person can mend become one sentence and the right exit code."""

from __future__ import annotations

from typing import NoReturn

import click


class Refused(click.ClickException):
    """Usage or configuration is wrong: exit code 2."""

    exit_code = 2


class Away(click.ClickException):
    """Something fmwatch depends on does not answer: exit code 3."""

    exit_code = 3


class clear_errors:  # noqa: N801 - used as a context manager
    """Turns the errors a person can mend into one sentence and the right exit code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, (click.ClickException, click.exceptions.Exit, SystemExit)):
            return
        _explain(error)


def _explain(error: BaseException) -> NoReturn:
    from services.errors import exit_code, sentence  # noqa: PLC0415 - loaded when something went wrong

    code = exit_code(error)
    if code is None:
        raise error
    raise (Away if code == 3 else Refused)(sentence(error)) from None  # noqa: PLR2004 - contracts.md s2
