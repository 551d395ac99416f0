"""Every number that fmwatch tells about itself: one table of names, kinds, units and labels.

`python -m stream.metrics_page` makes docs/metrics.md from it. Labels are few words of our own: no tenant, no
route, no model, nothing that a sender wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from fmwatch.reasons import LOST as LOST_BY_CLIENTS
from fmwatch.reasons import STRIPPED as STRIPPED_BY_CLIENTS

from detectors.monitors.base import SignalName, SignalState
from stream.errors import Reason
from stream.topics import INGEST

Service = Literal["score", "watch", "gateway", "console", "up"]
Unit = Literal["seconds", "bytes", "ratio", "events", "batches", "rounds", "things", "requests", "yes or no"]

SCORING: tuple[Service, ...] = ("score", "up")
WATCHING: tuple[Service, ...] = ("watch", "up")
ENTERING: tuple[Service, ...] = ("gateway", "up")
ALL: tuple[Service, ...] = get_args(Service)

OTHER = "other"  # stands for a word that a closed label does not have


@dataclass(frozen=True, slots=True)
class Label:
    """What a metric is split by.

    Attributes
    ----------
    values : all there are; empty where they are names in the code: scorers, tables, numbers of HTTP
    """

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table.

    Attributes
    ----------
    help : one sentence; Prometheus shows it, and so does the page
    services : the processes that have it
    """

    kind: ClassVar[str] = ""
    name: str
    unit: Unit
    help: str
    services: tuple[Service, ...]
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Count(Metric):
    """Only grows, and begins at 0 with the process."""

    kind: ClassVar[str] = "counter"


@dataclass(frozen=True, slots=True)
class Level(Metric):
    """Is what it is now; NaN or absent where the process cannot know."""

    kind: ClassVar[str] = "gauge"


@dataclass(frozen=True, slots=True)
class Spread(Metric):
    """How often it was at most so large.

    Attributes
    ----------
    buckets : upper bounds, in the unit
    """

    kind: ClassVar[str] = "histogram"
    buckets: tuple[float, ...] = ()


_WORK_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
_SCORER = Label("scorer")
_AWAY = Label("away", ("store", "log"))
_REASON = Label("reason", get_args(Reason))

BUILD = Level(
    "fmwatch_build_info",
    "yes or no",
    "Always 1; the labels say which fmwatch and which Python run.",
    ALL,
    (Label("version"), Label("python")),
)
PROGRESS_AGE = Level(
    "fmwatch_progress_age_seconds",
    "seconds",
    "Time since the loop last moved: ended or tried a batch, found nothing to do, or looked who leads.",
    ("score", "watch", "up"),
    (Label("loop", ("score", "watch")),),
)
EVENTS = Count(
    "fmwatch_events_total",
    "events",
    "Lines the step took in, by what became of them; one that was stored before counts again.",
    SCORING,
    (Label("outcome", ("stored", "dead_letter")),),
)
DEAD_LETTERS = Count(
    "fmwatch_dead_letters_total", "events", "Lines that are no event, by why.", SCORING, (_REASON,)
)
BATCH_EVENTS = Spread(
    "fmwatch_batch_events",
    "events",
    "Lines of a batch that was taken in.",
    SCORING,
    buckets=(1, 5, 10, 50, 100, 500, 1_000, 2_000, 4_096),
)
BATCH_BYTES = Spread(
    "fmwatch_batch_bytes",
    "bytes",
    "Bytes of a batch that was taken in.",
    SCORING,
    buckets=(1e3, 1e4, 1e5, 1e6, 4e6, 1.6e7),
)
STEP = Spread(
    "fmwatch_step_duration_seconds",
    "seconds",
    "Time from a batch in hand to all of it stored; tries that failed are left out.",
    SCORING,
    buckets=_WORK_S,
)
INSERT = Spread(
    "fmwatch_insert_duration_seconds",
    "seconds",
    "Time of an insert into a table; tries that failed included.",
    ("score", "watch", "up"),
    (Label("table"),),
    buckets=_WORK_S,
)
SCORER = Spread(
    "fmwatch_scorer_duration_seconds",
    "seconds",
    "Time of a scorer for up to 512 events; what scorers share falls to the first that needs it.",
    SCORING,
    (_SCORER,),
    buckets=(0.001, 0.0025, *_WORK_S[:11]),
)
VERDICTS = Count(
    "fmwatch_verdicts_total",
    "events",
    "Verdicts: a score, nothing to judge, or the scorer failed; a batch that is tried again counts again.",
    SCORING,
    (_SCORER, Label("outcome", ("scored", "not_assessable", "error"))),
)
INCLUSION = Level(
    "fmwatch_scorer_inclusion_ratio",
    "ratio",
    "Share of events that the scorer sees, as of its last batch; 1 where it sees all.",
    SCORING,
    (_SCORER,),
)
RETRIES = Count(
    "fmwatch_retries_total",
    "batches",
    "Tries of a batch that failed because store or log were away; the batch is kept.",
    SCORING,
    (_AWAY,),
)
IN_HAND = Level(
    "fmwatch_oldest_in_hand_seconds",
    "seconds",
    "Age of the oldest record of the batch in hand, 0 where there is none; of this process only.",
    SCORING,
)
UNACKNOWLEDGED = Level(
    "fmwatch_oldest_unacknowledged_seconds",
    "seconds",
    "Age of the oldest record no worker has acknowledged, at the watcher's last look; only who leads has it.",
    WATCHING,
    (Label("topic", INGEST),),
)
LEADER = Level(
    "fmwatch_leader", "yes or no", "1 where this process watches, 0 where it stands by.", ("watch",)
)
WATCH_LAG = Level(
    "fmwatch_watch_lag_seconds",
    "seconds",
    "Time since the end of the last minute watched; 120 to 200 is ordinary; NaN where another leads.",
    WATCHING,
)
ROUNDS = Count(
    "fmwatch_rounds_total",
    "rounds",
    "Rounds of the watcher, by how they ended.",
    WATCHING,
    (Label("outcome", ("done", "failed")),),
)
ROUND = Spread(
    "fmwatch_round_duration_seconds",
    "seconds",
    "Time of a round of the watcher.",
    WATCHING,
    buckets=(0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800),
)
SIGNALS = Count(
    "fmwatch_signals_total",
    "things",
    "Signals found; after a change of leader some are found again and change nothing.",
    WATCHING,
    (Label("signal", get_args(SignalName)), Label("state", get_args(SignalState))),
)
ALERTS = Level(
    "fmwatch_open_alerts",
    "things",
    "Alerts that are open; only who leads has it.",
    WATCHING,
    (Label("severity", ("page", "ticket", "info")), Label("state", ("pending", "firing", "acknowledged"))),
)
DELIVERIES = Level(
    "fmwatch_deliveries",
    "things",
    "Notifications that wait to be sent, or were given up, of open or recent alerts; only who leads has it.",
    WATCHING,
    (Label("state", ("waiting", "failed")),),
)
OLDEST_UNDELIVERED = Level(
    "fmwatch_oldest_undelivered_seconds",
    "seconds",
    "Age of the oldest notification that waits to be sent, 0 where none does; NaN where another leads.",
    WATCHING,
)
FAILING = Level(
    "fmwatch_failing_receivers",
    "things",
    "Receivers of notifications that do not take what is sent to them; NaN where another leads.",
    WATCHING,
)
HEARTBEAT_AGE = Level(
    "fmwatch_heartbeat_age_seconds",
    "seconds",
    "Time since the receiver that waits longest took a heartbeat; NaN without any, or where another leads.",
    WATCHING,
)
REQUESTS = Count(
    "fmwatch_gateway_requests_total",
    "requests",
    "Requests that bring events, by the status of the answer.",
    ENTERING,
    (Label("status"),),
)
ACCEPTED = Count(
    "fmwatch_gateway_accepted_events_total", "events", "Events that are in the log and well-formed.", ENTERING
)
THROTTLED = Count(
    "fmwatch_gateway_throttled_requests_total",
    "requests",
    "Requests answered 429 because their token had sent all that it may, by the limit.",
    ENTERING,
    (Label("limit", ("events_per_second", "bytes_per_day")),),
)
REJECTED = Count(
    "fmwatch_gateway_rejected_events_total",
    "events",
    "Events refused, by why; those of a foreign tenant, and spans that cannot be read, are not in the log.",
    ENTERING,
    (Label("reason", (*get_args(Reason), "foreign_tenant")),),
)
LOSSES = Count(
    "fmwatch_client_lost_events_total",
    "events",
    "Events that clients say they could not send, by why.",
    ENTERING,
    (Label("reason", (*LOST_BY_CLIENTS, OTHER)),),
)
CAPTURED = Count(
    "fmwatch_client_captured_events_total", "events", "Events that clients say they have captured.", ENTERING
)
STRIPPED = Count(
    "fmwatch_client_stripped_events_total",
    "events",
    "Events that clients say they send without content, because redaction failed or their spool was full.",
    ENTERING,
    (Label("reason", STRIPPED_BY_CLIENTS),),
)

TABLE: tuple[Metric, ...] = (
    *(BUILD, PROGRESS_AGE),
    *(EVENTS, DEAD_LETTERS, BATCH_EVENTS, BATCH_BYTES, STEP, INSERT, SCORER, VERDICTS, INCLUSION),
    *(RETRIES, IN_HAND),
    *(UNACKNOWLEDGED, LEADER, WATCH_LAG, ROUNDS, ROUND, SIGNALS, ALERTS, DELIVERIES),
    *(OLDEST_UNDELIVERED, FAILING, HEARTBEAT_AGE),
    *(REQUESTS, THROTTLED, ACCEPTED, REJECTED, CAPTURED, LOSSES, STRIPPED),
)
