"""`fmwatch score`: verdicts on events without a store, one JSON object per line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from fmwatch.event import Generation

from detectors import registry
from detectors.base import NOT_ASSESSABLE, Column, Scorer
from detectors.batch import Batch, Encoder
from services.catalogue.known import known_catalogue, price_book
from services.config import Config
from services.wiring import allowed
from stream.decode import decode
from stream.errors import InvalidEvent
from stream.scoring import ERROR, verdicts
from stream.step import TOGETHER

Verdict = dict[str, Any]


def score_lines(
    lines: Iterable[bytes],
    config: Config | None = None,
    *,
    scorers: Sequence[Scorer] | None = None,
    encoder: Encoder | None = None,
) -> Iterator[dict[str, Any]]:
    """Return `{event_id, verdicts}` for each event, in order.

    A line that is no event gives `{event_id: null, verdicts: {}, error: {reason, field, message}}`; feedback
    and changes are passed over, because there is nothing to judge. Neither retention nor the clock matters.

    Parameters
    ----------
    lines : one event each; blank ones are skipped
    config : for prices, and where routes may run
    scorers : by default those of tier 0
    """
    if scorers is None:
        config = config or Config()
        prices = price_book(config, known_catalogue(config))
        scorers = registry.scorers(prices, allowed(config))
    encoder = registry.encoder() if encoder is None else encoder
    rest = (line for line in lines if line.strip())
    while batch := list(islice(rest, TOGETHER)):
        yield from _scored([_read(line) for line in batch], scorers, encoder)


def _read(line: bytes) -> Generation | InvalidEvent | None:
    try:
        event = decode(line)
    except InvalidEvent as error:
        return error
    return event if isinstance(event, Generation) else None


def _scored(
    found: Sequence[Generation | InvalidEvent | None], scorers: Sequence[Scorer], encoder: Encoder
) -> Iterator[dict[str, Any]]:
    events = [one for one in found if isinstance(one, Generation)]
    columns = verdicts(Batch(events, encoder), scorers) if events else {}
    index = 0
    for one in found:
        if isinstance(one, Generation):
            yield {"event_id": one.event_id, "verdicts": _row(columns, index)}
            index += 1
        elif one is not None:
            error = {"reason": one.reason, "field": one.field, "message": one.message}
            yield {"event_id": None, "verdicts": {}, "error": error}


def _row(columns: Mapping[str, Column], index: int) -> dict[str, Verdict]:
    return {name: _verdict(column, index) for name, column in columns.items()}


def _verdict(column: Column, index: int) -> Verdict:
    score = float(column.score[index])
    known = not math.isnan(score)
    label = str(column.label[index])
    verdict: Verdict = {
        "score": round(score, 6) if known else None,
        # Whatever the reason for having no score, a reader finds one word for it here.
        "label": label if known or label == ERROR else NOT_ASSESSABLE,
        "version": column.version,
        "inclusion": column.inclusion,
    }
    explanation = column.explain(index) or (label if label != verdict["label"] else None)
    return verdict | ({"explanation": explanation} if explanation else {})
