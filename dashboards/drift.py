"""Drift: what moves in questions, answers and models under the same name, and what is not watched yet."""

from __future__ import annotations

from dashboards.board import Board, Section
from dashboards.model import CALLS, NAMES, tokens
from dashboards.panel import Panel
from dashboards.shared import ALERT_LINK, RUNBOOK_LINK, bars, events, stat, table, variables
from dashboards.sql import among, bucket, chosen, frequent, measured, within

_DRIFT = "('prompt_drift', 'response_drift', 'model_changed', 'detector_changed')"
_ABOUT = (
    f"{chosen('tenant')} AND {among('route', 'routes')} AND {chosen('platform', 'platform', or_none=True)} "
    f"AND {chosen('model', 'model', or_none=True)}"
)
_SERIES = (
    f"{chosen('tenant')} AND {chosen('route', 'route', or_none=True)} "
    f"AND {chosen('platform', 'platform', or_none=True)} AND {chosen('model', 'model', or_none=True)}"
)


def _moved() -> Panel:
    kinds = ("prompt_drift", "response_drift", "model_changed", "detector_changed")
    counted = ", ".join(f"countIf(signal = '{kind}') AS {kind}_n" for kind in kinds)
    return stat(
        "What has moved",
        "Has anything moved? Findings of the time shown, each once.",
        f"""SELECT {counted}
FROM v_signals WHERE $__timeFilter(at) AND state = 'raised' AND {_ABOUT}""",
        " ".join(f"{kind}_n" for kind in kinds),
    )


def _states() -> Panel:
    return stat(
        "What is watched",
        "Would it be noticed? Series and signals by how far the monitors have come; what is still learning tells "
        "of gross changes only, what has too few calls or none tells nothing.",
        f"""SELECT countIf(state = 'watched') AS watched_n, countIf(state = 'borrowed') AS borrowed_n,
    countIf(state = 'learning') AS learning_n, countIf(state = 'insufficient') AS too_few_calls_n,
    countIf(state = 'no_data') AS no_calls_n
FROM v_series_state WHERE {_SERIES}""",
        "watched_n borrowed_n learning_n too_few_calls_n no_calls_n",
    )


def _mix(title: str, answers: str, column: str, name: str) -> Panel:
    named = f"if({column} = '', 'not said', {column})"
    return bars(
        title,
        answers,
        f"""SELECT {bucket("occurred_at")} AS time, if({frequent(column, CALLS)}, {named}, 'others') AS {name}, count() AS n
FROM v_calls WHERE {CALLS} GROUP BY time, {name} ORDER BY time, {name}""",
        f"time {name} n",
    )


def _concentrates() -> Panel:
    inside = "JSONExtractRaw(JSONExtractRaw(body, 'explanation'), 'slice')"
    return events(
        "Where it concentrates",
        "Which part of the calls is it? Alerts whose trouble sits in one slice: how bad it is there now and was "
        "before, and which part of the calls that is. n is the slice's calls since the start; the interval is "
        "Wilson's.",
        f"""SELECT alert, began_at, signal, route, model, slice_by, slice, {within("slice", "(slice_share * n)", "n")},
    before_share, calls_share
FROM (
    SELECT id AS alert, began_at, signal, route, model, JSONExtractString({inside}, 'by') AS slice_by,
        JSONExtractString({inside}, 'value') AS slice, JSONExtractFloat({inside}, 'observed') AS slice_share,
        toUInt64(JSONExtractInt({inside}, 'n')) AS n,
        JSONExtractFloat({inside}, 'reference') AS before_share, JSONExtractFloat({inside}, 'share') AS calls_share
    FROM v_alerts
    WHERE began_at <= $__toTime AND ifNull(resolved_at, $__toTime) >= $__fromTime AND {_ABOUT}
        AND {inside} NOT IN ('', 'null')
)
WHERE n > 0 ORDER BY began_at DESC LIMIT 100""",
        "alert began_at signal route model slice_by slice slice_ratio slice_interval before_share calls_share",
        alert=ALERT_LINK,
    )


def _findings() -> Panel:
    return events(
        "Findings",
        "What moved, since when at the earliest and the latest, and by how much? As the monitors said it.",
        f"""SELECT at AS found_at, signal, state, route, platform, model, began_low_at, began_high_at,
    {measured()}, note
FROM v_signals WHERE $__timeFilter(at) AND signal IN {_DRIFT} AND {_ABOUT} ORDER BY found_at DESC LIMIT 200""",
        "found_at signal state route platform model began_low_at began_high_at observed usual note",
        signal=RUNBOOK_LINK,
    )


def _by_signal() -> Panel:
    return bars(
        "Findings by signal",
        "When did monitors speak, and of what? Each finding once, also of those that nobody was told.",
        f"""SELECT {bucket("at")} AS time, signal, count() AS n
FROM v_signals WHERE $__timeFilter(at) AND state = 'raised' AND {_ABOUT}
GROUP BY time, signal ORDER BY time, signal""",
        "time signal n",
        rare=True,
    )


def _unwatched() -> Panel:
    return table(
        "What is not watched yet",
        "What would not be noticed, and until when? `gross` tells of large changes only.",
        f"""SELECT signal, level, route, platform, model, state, watched, since AS since_at, ready_at, last_at
FROM v_series_state WHERE watched != 'fully' AND {_SERIES}
ORDER BY isNull(ready_at), ready_at, signal, route, model LIMIT 500""",
        "signal level route platform model state watched since_at ready_at last_at",
    )


BOARD = Board(
    "fmwatch-drift",
    "Drift",
    "What moves: questions, answers, models under the same name, and what is not watched yet?",
    variables(*NAMES),
    [
        Section("In five seconds", [[_moved(), _states()]]),
        Section(
            "Since when",
            [
                [_by_signal(), tokens(NAMES)],
                [
                    _mix(
                        "Languages",
                        "Do people write in other languages? By the prompt's.",
                        "language",
                        "language",
                    ),
                    _mix(
                        "Served versions",
                        "Did a model move under the same name? By what the provider says has answered.",
                        "response_model",
                        "served_model",
                    ),
                ],
                [
                    _mix("Prompt versions", "Was it our own prompt?", "prompt_version", "prompt_version"),
                    _mix("Regions", "Do calls run elsewhere?", "region", "region"),
                ],
            ],
        ),
        Section("Where", [[_concentrates()], [_findings()]]),
        Section("What would not be noticed", [[_unwatched()]], folded=True),
    ],
)
