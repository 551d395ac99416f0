"""What a monitor reads and what it says: observations of closed minutes in, signals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Level = Literal["fleet", "team", "platform", "platform_model", "route", "route_model"]
SignalName = Literal[
    "error",
    "latency",
    "hallucination",
    "toxicity",
    "refusal",
    "privacy",
    "truncated",
    "spend",
    "tokens",
    "ttft",
    "unpriced",
    "model_changed",
    "lifecycle",
    "completeness",
    "prompt_drift",
    "response_drift",
    "residency",
    "silence",
    "budget",
    "detector_coverage",
    "detector_changed",
    "detector_lag",
    "delivery",
]
SignalState = Literal["raised", "cleared"]


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """The finest series: one route on one model of one platform. Every coarser series is a set of leaves."""

    tenant: str
    platform: str
    route: str
    model: str  # request_model, as sent


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What a monitor watches: a level and its key. Fields that the level does not name are empty."""

    level: Level
    tenant: str
    platform: str = ""
    route: str = ""
    model: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A declared window of work, [begin, end) in minutes since the epoch; an empty name means any."""

    tenant: str
    begin: int
    end: int
    route: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Transit:
    """How many calls of one team were on their way during one minute, and how many of them got lost.

    Attributes
    ----------
    accepted : gateways took them in
    missing : of these, those that are not stored
    captured : clients said in this minute that they had taken them
    lost : of these, those that clients said they had lost before they could be sent, by reason
    rejected : gateways refused them
    """

    tenant: str
    team: str
    minute: int
    accepted: int = 0
    missing: int = 0
    captured: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Later:
    """How many calls of one minute a detector that works after the fact had scored an hour later."""

    tenant: str
    detector: str
    minute: int
    scored: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person has said of a signal that stands.

    Attributes
    ----------
    minute : from whose start on it holds
    series : what was raised, one of them at least
    expected : the change is accepted, and the references begin a new version; otherwise it was a false alarm:
        the incident ends, and the references stay
    """

    minute: int
    signal: SignalName
    series: frozenset[Series]
    expected: bool


@dataclass(frozen=True, slots=True)
class Observations:
    """Finished calls of a range of closed minutes, as columns, ordered by (minute, event_id).

    All arrays have length n. NaN (floats) and -1 (int8) mean: not assessable for this call; -2 in a label:
    its detector was not run.

    Attributes
    ----------
    start, end : minutes since the epoch; the range is [start, end)
    leaves : the leaves that `leaf` indexes
    minute : int64, minutes since the epoch
    leaf : int32 index into `leaves`
    team : int32 index into `teams`, as the call itself names it: several teams may share a leaf
    first : bool, the first event of its retry cluster: one observation per cluster
    error, empty, cut : bool
    refused : int8; privacy : int8 (something found)
    toxic_prompt, toxic_response, hallucinated : int8, the shipped label
    hallucination, toxicity_prompt, toxicity_response : float32 scores
    latency_ms, ttft_ms, input_tokens, output_tokens, cost_usd : float64
    unpriced : bool, the call should have a price and has none
    residency : int8, the call ran where its route must not
    served : int32 index into `served_models` (response_model as returned, "" when unknown)
    language : int32 index into `languages`
    prompt_version, region : int32 index into `prompt_versions`, `regions`; empty where they are not known
    event_id : n strings
    prompt_embedding, response_embedding : int8 (n, d); rows of zeros where there is no text
    prompt_unknown_ratio, response_unknown_ratio : float32, share of a text's words that no dictionary holds
    transits : what gateways took in during as many minutes, some time before: calls are given that time to
        arrive in the store
    maintenance : declared windows that touch the range
    detectors : int32 index into `detector_sets` (JSON: verdict to version), empty where that is not known
    later : what later detectors had scored of as many minutes, an hour before
    rulings : what people have said of signals, by these minutes
    """

    start: int
    end: int
    leaves: Sequence[Leaf]
    teams: Sequence[str]
    minute: NDArray[np.int64]
    leaf: NDArray[np.int32]
    team: NDArray[np.int32]
    first: NDArray[np.bool_]
    error: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    refused: NDArray[np.int8]
    privacy: NDArray[np.int8]
    toxic_prompt: NDArray[np.int8]
    toxic_response: NDArray[np.int8]
    hallucinated: NDArray[np.int8]
    hallucination: NDArray[np.float32]
    toxicity_prompt: NDArray[np.float32]
    toxicity_response: NDArray[np.float32]
    latency_ms: NDArray[np.float64]
    ttft_ms: NDArray[np.float64]
    input_tokens: NDArray[np.float64]
    output_tokens: NDArray[np.float64]
    cost_usd: NDArray[np.float64]
    unpriced: NDArray[np.bool_]
    residency: NDArray[np.int8]
    served: NDArray[np.int32]
    served_models: Sequence[str]
    language: NDArray[np.int32]
    languages: Sequence[str]
    event_id: Sequence[str]
    prompt_embedding: NDArray[np.int8]
    response_embedding: NDArray[np.int8]
    prompt_unknown_ratio: NDArray[np.float32]
    response_unknown_ratio: NDArray[np.float32]
    transits: Sequence[Transit] = ()
    maintenance: Sequence[Maintenance] = ()
    detectors: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    detector_sets: Sequence[str] = ()
    later: Sequence[Later] = ()
    rulings: Sequence[Ruling] = ()
    prompt_version: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    prompt_versions: Sequence[str] = ()
    region: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    regions: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.minute)

    def team_of(self, row: int) -> str:
        """Return the team that a call names."""
        return self.teams[int(self.team[row])]


@dataclass(frozen=True, slots=True)
class Signal:
    """A monitor's finding about one series. Its id is a pure function of (series, signal, minute, state).

    Attributes
    ----------
    minute : when it was found, minutes since the epoch (the closed minute that tipped it)
    began, began_low, began_high : estimate of the start and its 95 % interval, minutes since the epoch
    observed, reference, low, high : the quantity now (shrunk), before, and the 95 % interval of `observed`;
        `high` is None where so few calls have no upper end
    unit : of these four: "ratio" (a share of calls), "ms", "tokens", "usd", "days", "texts", "calls/h"
    n : observations since `began`
    routes : every affected route, worst first
    teams : of each of these routes, as its calls name it; none where the monitor does not know
    share_of_traffic : of the tenant's calls since `began`
    examples : event ids that show it best
    note : one plain sentence with what the numbers do not say
    facts : further facts by name, e.g. {"from": "gpt-4o-2024-08-06", "to": "gpt-4o-2024-11-20"}
    """

    signal: SignalName
    state: SignalState
    series: Series
    team: str
    minute: int
    began: int
    began_low: int
    began_high: int
    observed: float
    reference: float
    low: float
    high: float | None
    unit: str
    n: int
    routes: Sequence[str]
    share_of_traffic: float
    monitor: str  # name and version
    examples: Sequence[str] = ()
    note: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    teams: Sequence[str] = ()


Standing = tuple[SignalName, Series]  # what is raised and not over


class Monitor(Protocol):
    """Watches all series of a fleet for one kind of change.

    Called by the watcher with closed minutes in order, each exactly once. The cut does not matter: a day
    at once gives the same signals as its 1,440 minutes one by one.
    """

    @property
    def name(self) -> str:
        """Stable; part of every signal's id."""

    def update(self, observations: Observations) -> Sequence[Signal]:
        """Take the next closed minutes and return what was found in them, in order of time."""

    def standing(self) -> frozenset[Standing]:
        """Return what it has raised and not cleared."""

    def snapshot(self) -> bytes:
        """Return the whole state; `restore` of it continues as if never interrupted."""

    def restore(self, state: bytes) -> None:
        """Continue from a snapshot of the same name and version; ValueError otherwise."""
