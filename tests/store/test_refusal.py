from __future__ import annotations

import pytest
from clickhouse_connect.driver.exceptions import (
    DatabaseError,
    DataError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    StreamFailureError,
)

from store.errors import StoreError, StoreUnavailable
from store.refusal import Unfit, named


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (OperationalError("no route"), StoreUnavailable),
        (StreamFailureError("closed"), StoreUnavailable),
        (StreamFailureError("memory", code=241), StoreUnavailable),
        (StreamFailureError("no cast", code=70), StoreError),
        (DatabaseError("memory", code=241), StoreUnavailable),
        (DatabaseError("Keeper is away", code=999), StoreUnavailable),
        (DatabaseError("who are you", code=516), StoreError),
        # A user who may only read will not be allowed to write by waiting.
        (DatabaseError("read only", code=164), StoreError),
        (DatabaseError("HTTP driver received HTTP status 502"), StoreUnavailable),
        (DatabaseError("HTTP driver received HTTP status 404"), StoreError),
        # The server's own word counts, whatever status carries it.
        (DatabaseError("received HTTP status 500, server response: Code: 62", code=62), StoreError),
        (ProgrammingError("no such setting"), StoreError),
        (InterfaceError("no such format"), StoreError),
        (DataError("too large"), Unfit),
        (ValueError("not a number"), Unfit),
        (OSError("disk full"), StoreUnavailable),
        (StoreUnavailable("already said"), StoreUnavailable),
    ],
    ids=str,
)
def test_named(raised: Exception, expected: type[StoreError]) -> None:
    """Whether to wait, to mend or to dead-letter follows from what the client raises."""
    with pytest.raises(StoreError) as caught, named("SELECT 1"):
        raise raised
    assert type(caught.value) is expected


def test_no_right() -> None:
    """Who may not make what is missing is told who makes it; whoever asks too much is told only that."""
    refused = DatabaseError("Not enough privileges", code=497)
    making = named("-- A table.\nCREATE TABLE IF NOT EXISTS x")
    with pytest.raises(StoreError, match="after `fmwatch worker watch` of the same version"), making:
        raise refused
    with pytest.raises(StoreError, match=r"privileges$"), named("SELECT prompt FROM generations"):
        raise refused
