"""Tell a store that is away from a row that never fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.exceptions import DatabaseError, DataError, Error, OperationalError

from store.errors import StoreError, StoreUnavailable

# Codes of ClickHouse that pass with time: timeouts, too many parts or queries, memory, network, shutdown.
PASSING = frozenset({3, 159, 160, 164, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 319, 425})


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
    except OperationalError as error:
        raise StoreUnavailable(f"the store does not answer: {error}") from error
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
    if error.code in PASSING:
        return StoreUnavailable(
            f"the store cannot take this now ({error.name or error.code}): {_short(str(error))}"
        )
    return StoreError(f"the store refuses {_short(what)}: {error}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:157]}..."  # noqa: PLR2004 - one line of a terminal
