"""What a user may say in `fmwatch.yaml`: every key with its default, checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from detectors.monitors.base import Level, SignalName
from services.config_environment import overridden
from services.config_experiments import ExperimentConfig
from services.config_file import ConfigError, Document, read
from services.config_models import ModelConfig
from services.config_problems import Problem, explain
from services.config_receivers import DigestConfig, HeartbeatConfig, ReceiverConfig
from services.config_section import Section
from store.errors import StoreError
from store.layout import Layout

__all__ = ["Config", "ConfigError", "RouteConfig"]

CONSOLE = "console"  # a receiver that needs no configuration
HEARTBEAT = "heartbeat"  # what the dead man's switch is called where receivers are named


def _moment(value: object) -> datetime:
    """Return a point in time that somebody has written down with its zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, datetime):
        raise ValueError(  # noqa: TRY004 - the validator takes no other
            f"must be a time with its zone such as 2026-12-01T22:00:00Z, not {str(value)[:60]!r}"
        )
    if found.tzinfo is None:
        raise ValueError(
            f"must say its zone: {found.isoformat()}Z is UTC, {found.isoformat()}+01:00 an hour ahead"
        )
    return found


Number = StrictFloat  # takes whole numbers too
Ratio = Annotated[Number, Field(ge=0, le=1)]
Days = Annotated[StrictInt, Field(ge=1, le=3650)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Hours = Annotated[Number, Field(ge=0, le=720)]
Price = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Signal = SignalName | Literal["*"]
Effect = Literal["ratio", "difference", "observed", "n", "share_of_traffic"]
Kind = Literal["card", "email", "iban", "ip", "phone", "secret", "ssn"]


class Reference(Section):
    """How much of the past monitors compare with."""

    days: Annotated[StrictInt, Field(ge=1, le=90)] = 14


class TeamConfig(Section):
    """Who owns a team's routes, where its notifications go, and what it may spend."""

    owner: StrictStr = ""
    receivers: tuple[StrictStr, ...] = ()
    budget_usd_per_month: Annotated[Number, Field(gt=0)] | None = None


class Allow(Section):
    """Where a route's model may run; globs, empty means anywhere it runs now."""

    platforms: tuple[StrictStr, ...] = ()
    regions: tuple[StrictStr, ...] = ()


class RouteConfig(Section):
    """What holds for the routes of one glob.

    Attributes
    ----------
    quality : the difference in bad answers that would be accepted for a cheaper model
    candidates : platform/model, in order of preference
    risk : of a high-risk system, whose records must stay for six months at least; those of all routes do
    retention_days : how long texts stay; the record of a call stays without them
    """

    team: StrictStr = ""
    quality: Ratio = 0.02
    candidates: tuple[Annotated[StrictStr, Field(pattern=r"^[^/\s]+/\S+$")], ...] = ()
    allow: Allow = Allow()
    risk: Literal["low", "medium", "high"] = "medium"
    retention_days: Days = 400
    capture_content: StrictBool = True


class RuleConfig(Section):
    """A wish about signals; the first rule that matches wins."""

    name: StrictStr = ""
    signal: Signal = "*"
    tenant: StrictStr = "*"
    team: StrictStr = "*"
    route: StrictStr = "*"
    platform: StrictStr = "*"
    model: StrictStr = "*"
    level: Literal["*"] | Level = "*"
    at_least: Mapping[Effect, Number] = {}
    severity: Literal["page", "ticket", "info", "off"] | None = None
    receivers: tuple[StrictStr, ...] = ()


class MuteConfig(Section):
    """A mute or a maintenance window: what it selects is recorded and told to nobody meanwhile.

    Attributes
    ----------
    reason : stands in every alert that it mutes
    """

    reason: Annotated[StrictStr, Field(min_length=1)]
    from_: Annotated[Moment, Field(alias="from")]
    until: Moment
    signal: Signal = "*"
    tenant: StrictStr = "*"
    team: StrictStr = "*"
    route: StrictStr = "*"
    platform: StrictStr = "*"
    model: StrictStr = "*"
    level: Literal["*"] | Level = "*"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.from_:
            raise ValueError("ends before it begins: until must be later than from")
        return self


class Renotify(Section):
    """After how long an alert that nobody has acknowledged is told again; 0 is never."""

    page_hours: Hours = 4
    ticket_hours: Hours = 24


class PriceConfig(Section):
    """One row of contract prices: USD per million tokens, per image, search and request, per second."""

    platform: StrictStr
    model: StrictStr
    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    tier: Literal["standard", "batch", "flex", "priority"] = "standard"
    above_input_tokens: Annotated[StrictInt, Field(ge=0)] = 0
    input: Price | None = None
    output: Price | None = None
    cache_read: Price | None = None
    cache_write_5m: Price | None = None
    cache_write_1h: Price | None = None
    reasoning: Price | None = None
    audio_input: Price | None = None
    audio_output: Price | None = None
    images: Price | None = None
    seconds: Price | None = None
    searches: Price | None = None
    requests: Price | None = None

    @property
    def buckets(self) -> dict[str, Decimal]:
        """Return the prices that are given, by bucket."""
        known = {"platform", "model", "from_", "until", "tier", "above_input_tokens"}
        return {
            name: value for name, value in self.__dict__.items() if name not in known and value is not None
        }


class LogConfig(Section):
    """Where the log is; by default a SQLite file in the data directory."""

    kafka: StrictStr | None = None


class StoreConfig(Section):
    """Where the store is; by default chDB in the data directory.

    Attributes
    ----------
    clickhouse : URL of a server and its database; from a file by the key clickhouse_file
    cluster : of that server and others, by its name in their configuration; without one it is a single server
    sharded : the cluster's shards each hold a part of the calls; otherwise every server holds everything
    """

    clickhouse: StrictStr | None = None
    cluster: Annotated[StrictStr, Field(max_length=128)] = ""
    sharded: StrictBool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.cluster and not self.clickhouse:
            raise ValueError("a cluster is reached by one of its servers: write clickhouse, its address")
        try:
            self.layout()
        except StoreError as error:
            raise ValueError(str(error)) from error
        return self

    def layout(self) -> Layout:
        """Return how tables lie on the servers."""
        return Layout(self.cluster, sharded=self.sharded)


class Config(Section):
    """All of `fmwatch.yaml`; see `fmwatch.example.yaml` for each key in words."""

    pages_per_month: Annotated[Number, Field(gt=0, le=1000)] = 1
    tickets_per_month: Annotated[Number, Field(gt=0, le=10_000)] = 4
    reference: Reference = Reference()
    timezone: StrictStr = "UTC"
    teams: Mapping[str, TeamConfig] = {}
    routes: Mapping[str, RouteConfig] = {}
    receivers: Mapping[str, ReceiverConfig] = {}
    heartbeat: HeartbeatConfig = HeartbeatConfig()
    digest: DigestConfig = DigestConfig()
    rules: tuple[RuleConfig, ...] = ()
    mute: tuple[MuteConfig, ...] = ()
    renotify: Renotify = Renotify()
    prices: tuple[PriceConfig, ...] = ()
    models: tuple[ModelConfig, ...] = ()
    experiments: tuple[ExperimentConfig, ...] = ()
    catalogue: Path | None = None
    redact: tuple[Kind, ...] = ("email", "phone", "card", "secret")
    log: LogConfig = LogConfig()
    store: StoreConfig = StoreConfig()
    tokens_file: Path | None = None
    console_url: Annotated[StrictStr, Field(pattern=r"^(https?://[A-Za-z0-9.:/_~%\[\]-]{1,200})?$")] = ""

    @classmethod
    def load(cls, path: Path | None = None, environment: Mapping[str, str] | None = None) -> Self:
        """Return the configuration of a file, or of none; FMWATCH_* variables override it.

        Raises
        ------
        ConfigError : everything that is wrong, each with file, line, key and what is allowed
        """
        document = read(path) if path else Document({}, "fmwatch.yaml")
        return cls._checked(overridden(document, cls.model_fields, environment))

    @classmethod
    def parse(cls, content: Mapping[str, Any], name: str = "configuration") -> Self:
        """Return the configuration that a program has made; no variable overrides it."""
        return cls._checked(Document(dict(content), name))

    @classmethod
    def _checked(cls, document: Document) -> Self:
        try:
            found = cls.model_validate(document.content)
        except ValidationError as error:
            raise document.error([explain(one, cls) for one in error.errors()]) from error
        if problems := list(found.broken_references()):
            raise document.error(problems)
        return found

    def route(self, name: str) -> RouteConfig:
        """Return what holds for a route: the first glob that matches it, else the defaults."""
        return next((found for glob, found in self.routes.items() if fnmatchcase(name, glob)), RouteConfig())

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the daily and weekly rhythm."""
        return ZoneInfo(self.timezone)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone; write for instance UTC or Europe/Berlin")
        return name

    def broken_references(self) -> Iterator[Problem]:
        """Find names that stand for nothing."""
        for name in sorted({CONSOLE, HEARTBEAT} & set(self.receivers)):
            whose = "the terminal" if name == CONSOLE else "the dead man's switch under heartbeat"
            yield Problem(("receivers", name), f"{name} is {whose} already: give this receiver another name")
        receivers = {CONSOLE, *self.receivers}
        for team, found in self.teams.items():
            yield from _unknown(found.receivers, receivers, ("teams", team, "receivers"), "receiver")
        able = {name for name, receiver in self.receivers.items() if receiver.beats}
        place = ("heartbeat", "receivers")
        yield from _unknown(self.heartbeat.receivers, able, place, "webhook or alertmanager called")
        readers = {name for name, receiver in self.receivers.items() if receiver.reads}
        place = ("digest", "receivers")
        yield from _unknown(self.digest.receivers, readers, place, "receiver that can be read called")
        for index, rule in enumerate(self.rules):
            yield from _unknown(rule.receivers, receivers, ("rules", index, "receivers"), "receiver")
        named = [(model.platform.lower(), model.model.lower()) for model in self.models]
        for index, pair in enumerate(named):
            if pair in named[:index]:
                yield Problem(("models", index), f"{'/'.join(pair)} is said twice: put both into one")
        for glob, route in self.routes.items():
            if route.team:
                yield from _unknown(
                    (route.team,), set(self.teams), ("routes", glob, "team"), "team", whole=True
                )


def _unknown(
    names: tuple[str, ...], known: set[str], place: tuple[Any, ...], what: str, *, whole: bool = False
) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name not in known:
            path = place if whole else (*place, index)
            yield Problem(path, f"there is no {what} {name!r}", sorted(known), name)
