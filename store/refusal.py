"""Tell a store that is away from a row that never fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import (
    DatabaseError,
    DataError,
    Error,
    OperationalError,
    StreamFailureError,
)

from store.errors import StoreError, StoreUnavailable

# Codes of ClickHouse that pass with time: timeouts, too many parts or queries, memory, disk, network, Keeper,
# a quorum that is not met, shutdown.
PASSING = frozenset(
    {3, 159, 160, 173, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 286, 319, 394, 425}
    | {439, 733, 745, 999}
)
_NO_RIGHT = 497
_MAKES = re.compile(r"^(CREATE|ALTER) ", re.MULTILINE)
# What stands before the server, a proxy for instance, answers without a code of ClickHouse.
_AWAY = re.compile(r"received HTTP status 5\d\d")


class Unfit(StoreError):  # noqa: N818 - a state, like its siblings
    """Some value of what was inserted does not fit its column; `writer` finds out which."""


@contextmanager
def named(what: str) -> Iterator[None]:
    """Turn whatever the client raises inside into one of the store's own errors.

    Parameters
    ----------
    what : the statement or table, quoted in the message
    """
    try:
        yield
    except StoreError:
        raise
    except DataError as error:
        raise Unfit(f"a value does not fit: {error}") from error
    except DatabaseError as error:
        raise _database(what, error) from error
    except Error as error:
        raise StoreError(f"the store refuses {_short(what)}: {error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError, KeyError, ArithmeticError) as error:
        # The client raises bare Python errors while it packs a value of the wrong type.
        raise Unfit(f"a value does not fit: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise StoreUnavailable(
            f"the store cannot write: {error}; free disk space or check the mount"
        ) from error


def _database(what: str, error: DatabaseError) -> StoreError:
    if error.code == _NO_RIGHT and _MAKES.search(what):
        return StoreError(
            f"the store refuses {_short(what)}: {_short(str(error))}; a user who may not make tables and "
            "views opens a store only after `fmwatch worker watch` of the same version has opened it"
        )
    if not _passes(error):
        return StoreError(f"the store refuses {_short(what)}: {error}")
    if error.code is None:
        return StoreUnavailable(f"the store does not answer: {error}")
    return StoreUnavailable(
        f"the store cannot take this now ({error.name or error.code}): {_short(str(error))}"
    )


def _passes(error: DatabaseError) -> bool:
    if isinstance(error, StreamFailureError) and error.code is not None:
        # The statement failed after its first rows: as telling as if it had failed before.
        return error.code in PASSING
    if isinstance(error, OperationalError) or error.code in PASSING:
        return True
    return error.code is None and _AWAY.search(str(error)) is not None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:157]}..."  # noqa: PLR2004 - one line of a terminal
