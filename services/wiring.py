"""From what the configuration says to what the parts take; a key whose part is not built yet is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from detectors import registry
from detectors.monitors.all import monitors
from detectors.monitors.base import Monitor, SignalName
from detectors.price_rows import DatedPrice
from detectors.scorers.residency import Allowed
from services.advisor.constraints import RouteRules
from services.alerter.receivers.base import Receiver
from services.alerter.receivers.console import Console
from services.alerter.receivers.webhook import Webhook
from services.alerter.rules import Rule, Rules, Team
from services.config import CONSOLE, Config, ConfigError, RuleConfig
from store.database import Database
from store.retention import DAYS
from stream.border import Border, OfRoute

_SELECTORS = ("tenant", "team", "route", "platform", "model", "level")


def check_built(config: Config) -> None:
    """Refuse what the configuration may say one day but nothing obeys yet.

    Raises
    ------
    ConfigError : one line for each such key
    """
    _refuse(list(_unbuilt(config)))


def check_embedded(config: Config) -> None:
    """Refuse that, and what only the production path obeys: here log and store are in a data directory.

    Raises
    ------
    ConfigError : one line for each such key
    """
    _refuse([*_elsewhere(config), *_unbuilt(config)])


def check_production(config: Config) -> None:
    """Refuse what nothing obeys yet, and a configuration that says not where log and store are.

    Raises
    ------
    ConfigError : one line for each such key
    """
    check_built(config)
    brokers(config)
    server(config)


def brokers(config: Config) -> str:
    """Return where Kafka is, host:port, several with commas; raises ConfigError where it is not said."""
    return _said(config.log.kafka, "log.kafka", "broker:9092")


def server(config: Config) -> str:
    """Return the URL of the ClickHouse server; raises ConfigError where it is not said."""
    return _said(config.store.clickhouse, "store.clickhouse", "http://user@host:8123/fmwatch")


def opened(config: Config) -> Database:
    """Open the store as its servers are laid out; raises what `server` and `Database.open` raise."""
    return Database.open(url=server(config), layout=config.store.layout())


def allowed(config: Config) -> Callable[[str], Allowed]:
    """Return what tells where the model of a route may run."""

    def of(route: str) -> Allowed:
        found = config.route(route).allow
        return Allowed(found.platforms, found.regions)

    return of


def contract_prices(config: Config) -> list[DatedPrice]:
    """Return the user's own prices as rows of the price book."""
    return [
        DatedPrice(
            platform=price.platform,
            model=price.model,
            from_=price.from_,
            until=price.until,
            buckets=price.buckets,
            tier=price.tier,
            above_input_tokens=price.above_input_tokens,
        )
        for price in config.prices
    ]


def fresh_monitors(config: Config) -> list[Monitor]:
    """Return the monitors under the page budget the user stated."""
    return monitors(
        pages_per_month=config.pages_per_month,
        tickets_per_month=config.tickets_per_month,
        reference_days=config.reference.days,
        timezone=config.timezone,
        at_least=_least(config),
        encoder=registry.encoder().version,
    )


def rules(config: Config) -> Rules:
    """Return the user's rules, with the teams that own routes."""
    teams = {name: Team(team.owner, team.receivers) for name, team in config.teams.items()}
    return Rules([_rule(rule) for rule in config.rules], teams, tuple(config.receivers) or (CONSOLE,))


def receivers(config: Config, clock: Callable[[], datetime]) -> dict[str, Receiver]:
    """Return where notifications go, by name."""
    found: dict[str, Receiver] = {CONSOLE: Console()}
    for name, receiver in config.receivers.items():
        if receiver.webhook:
            found[name] = Webhook(receiver.webhook.url, receiver.webhook.secret.encode(), clock=clock)
    return found


def route_rules(config: Config, route: str) -> RouteRules:
    """Return what the advisor must respect on a route."""
    found = config.route(route)
    owner = config.teams[found.team].owner if found.team in config.teams else ""
    return RouteRules(found.candidates, found.allow.platforms, found.allow.regions, found.quality, owner)


def _rule(rule: RuleConfig) -> Rule:
    return Rule(
        name=rule.name or rule.signal,
        signal=rule.signal,
        at_least=rule.at_least,
        severity=rule.severity,
        receivers=rule.receivers,
        **{name: getattr(rule, name) for name in _SELECTORS},
    )


def _least(config: Config) -> Mapping[SignalName, float]:
    """Return the least ratio of each signal that a rule asks for everywhere: monitors bet against it.

    A rule for a part of the fleet only filters what was found: its series share monitors with the others.
    """
    whole = [rule for rule in config.rules if all(getattr(rule, name) == "*" for name in _SELECTORS)]
    return {
        rule.signal: rule.at_least["ratio"]  # type: ignore[misc] # a signal of a later monitor is never asked for
        for rule in whole
        if rule.signal != "*" and "ratio" in rule.at_least
    }


def border(config: Config) -> Border:
    """Return the border in front of the log, as the configuration wants it."""

    @lru_cache(4096)
    def of_route(name: str) -> OfRoute:
        route = config.route(name)
        return OfRoute(route.team, route.capture_content)

    return Border(config.redact, of_route)


def _said(value: str | None, key: str, example: str) -> str:
    if not value:
        raise ConfigError(f"{key}: is not said; write it into the configuration file, for instance {example}")
    return value


def _refuse(found: Sequence[tuple[str, str]]) -> None:
    if found:
        raise ConfigError("\n".join(f"{key}: {why}" for key, why in found))


def _elsewhere(config: Config) -> Iterator[tuple[str, str]]:
    if config.log.kafka:
        yield "log.kafka", "this command keeps its log in the data directory; `fmwatch worker` reads Kafka"
    if config.store.clickhouse:
        yield (
            "store.clickhouse",
            "this command keeps its store in the data directory; `fmwatch worker` uses one",
        )


def _unbuilt(config: Config) -> Iterator[tuple[str, str]]:
    for name, receiver in config.receivers.items():
        if not receiver.webhook:
            kind = next(kind for kind, value in receiver if value is not None)
            yield f"receivers.{name}", f"{kind} is not built yet; use webhook, or the console"
    for name, team in config.teams.items():
        if team.budget_usd_per_month is not None:
            yield f"teams.{name}.budget_usd_per_month", "is not watched yet; leave it out"
    for glob, route in config.routes.items():
        if route.retention_days > DAYS["generations"]:
            longest = f"calls are kept for {DAYS['generations']} days, their content no longer: write less"
            yield f"routes.{glob}.retention_days", longest
