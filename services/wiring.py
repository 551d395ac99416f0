"""From what the configuration says to what the parts take; a key whose part is not built yet is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from detectors import registry
from detectors.monitors.all import monitors
from detectors.monitors.base import Monitor, SignalName
from detectors.monitors.ledger import Ledger
from detectors.monitors.page_budget import SEVERITY
from detectors.price_rows import DatedPrice
from detectors.scorers.residency import Allowed
from services.advisor.constraints import RouteRules
from services.advisor.declared import Declared
from services.alerter.alert import Severity
from services.alerter.heartbeat import Heartbeat
from services.alerter.mute import Mute, Mutes
from services.alerter.receivers import elsewhere
from services.alerter.receivers.alertmanager import Alertmanager
from services.alerter.receivers.base import Beating, Receiver
from services.alerter.receivers.console import Console
from services.alerter.receivers.mail import Mail, Server
from services.alerter.receivers.pagerduty import PagerDuty
from services.alerter.receivers.slack import SlackBot, SlackWebhook
from services.alerter.receivers.webhook import Webhook
from services.alerter.rules import SELECTORS, Rule, Rules, Team
from services.alerter.urgency import Urgency
from services.config import CONSOLE, HEARTBEAT, Config, ConfigError, MuteConfig, RuleConfig
from services.config_receivers import ReceiverConfig, Slack
from services.wording.links import Addresses
from store.database import Database
from store.retention import DAYS
from stream.border import Border, OfRoute


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


def fresh_monitors(config: Config, ledger: Ledger | None = None) -> list[Monitor]:
    """Return the monitors under the page budget the user stated, shared as the user's rules have it.

    Parameters
    ----------
    ledger : knows what teams spent before they had a budget
    """
    said = rules(config)
    return monitors(
        pages_per_month=config.pages_per_month,
        tickets_per_month=config.tickets_per_month,
        reference_days=config.reference.days,
        timezone=config.timezone,
        at_least=_least(said),
        encoder=registry.encoder().version,
        budgets={
            name: float(team.budget_usd_per_month)
            for name, team in config.teams.items()
            if team.budget_usd_per_month is not None
        },
        judge=Urgency(said),
        ledger=ledger,
    )


def rules(config: Config) -> Rules:
    """Return the user's rules, with the teams that own routes."""
    teams = {name: Team(team.owner, team.receivers) for name, team in config.teams.items()}
    return Rules(
        [_rule(rule) for rule in config.rules],
        teams,
        tuple(config.receivers) or (CONSOLE,),
        team_of=lambda route: config.route(route).team,
        mutes=Mutes([_mute(mute) for mute in config.mute]),
        renotify=_renotify(config),
    )


def receivers(config: Config, clock: Callable[[], datetime]) -> dict[str, Receiver]:
    """Return where notifications go, by name.

    Parameters
    ----------
    clock : aware UTC now of the real world, also where the calls are a replay's
    """
    found = {name: receiver(said, clock, addresses(config)) for name, said in config.receivers.items()}
    return {CONSOLE: Console(), **found}


def receiver(said: ReceiverConfig, clock: Callable[[], datetime], at: Addresses) -> Receiver:
    """Return the receiver that a part of the configuration describes."""
    found: list[Receiver] = []
    if said.webhook:
        found.append(Webhook(said.webhook.url, said.webhook.secret.encode(), clock=clock, at=at))
    if said.pagerduty:
        found.append(PagerDuty(said.pagerduty.routing_key, url=said.pagerduty.url, clock=clock))
    if said.alertmanager:
        found.append(Alertmanager(said.alertmanager.url, clock=clock))
    if said.slack:
        found.append(_slack(said.slack, clock))
    if said.email:
        mail = said.email
        server = Server(mail.host, mail.port, mail.security, mail.user, mail.password)
        found.append(Mail(server, mail.from_, mail.to, clock=clock))
    if said.apprise:
        found.append(elsewhere.Elsewhere(said.apprise.url))
    (one,) = found  # the configuration lets no receiver be of no kind, or of two
    return one


def _slack(said: Slack, clock: Callable[[], datetime]) -> Receiver:
    if said.webhook_url:
        return SlackWebhook(said.webhook_url, clock=clock)
    return SlackBot(said.token or "", said.channel, api=said.api_url, clock=clock)


def heartbeat(config: Config, known: Mapping[str, Receiver], clock: Callable[[], datetime]) -> Heartbeat:
    """Return the sign of life that the configuration asks for.

    Parameters
    ----------
    known : receivers made before
    """
    named = {name: known[name] for name in config.heartbeat.receivers}
    beating: dict[str, Beating] = {name: one for name, one in named.items() if isinstance(one, Beating)}
    if switch := config.heartbeat.webhook:
        beating[HEARTBEAT] = Webhook(switch.url, switch.secret.encode(), clock=clock)
    return Heartbeat(beating, timedelta(minutes=config.heartbeat.every_minutes))


def addresses(config: Config) -> Addresses:
    """Return where people find what alerts link to."""
    return Addresses(config.console_url.rstrip("/"))


def route_rules(config: Config, route: str) -> RouteRules:
    """Return what the advisor must respect on a route."""
    found = config.route(route)
    owner = config.teams[found.team].owner if found.team in config.teams else ""
    allowed, declared = found.allow, experiments(config)
    return RouteRules(found.candidates, allowed.platforms, allowed.regions, found.quality, owner, declared)


def experiments(config: Config) -> tuple[Declared, ...]:
    """Return the comparisons that were declared before they began."""
    return tuple(
        Declared(one.route, one.incumbent, one.candidate, one.since, one.pairs) for one in config.experiments
    )


def _rule(rule: RuleConfig) -> Rule:
    return Rule(
        name=rule.name or rule.signal,
        signal=rule.signal,
        at_least=rule.at_least,
        severity=rule.severity,
        receivers=rule.receivers,
        **{name: getattr(rule, name) for name in SELECTORS},
    )


def _mute(mute: MuteConfig) -> Mute:
    selected = {name: getattr(mute, name) for name in (*SELECTORS, "signal")}
    return Mute(mute.reason, mute.from_, mute.until, **selected)


def _renotify(config: Config) -> Mapping[Severity, timedelta]:
    hours: Mapping[Severity, float] = {
        "page": config.renotify.page_hours,
        "ticket": config.renotify.ticket_hours,
    }
    return {severity: timedelta(hours=each) for severity, each in hours.items() if each}


def _least(said: Rules) -> Mapping[SignalName, float]:
    """Return the least ratio of each signal that a rule asks for everywhere: monitors bet against it."""
    return {signal: least for signal in SEVERITY if (least := said.asked(signal)) is not None}


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
    for name, said in config.receivers.items():
        if said.apprise and not elsewhere.installed():
            yield f"receivers.{name}.apprise", "needs the extra: pip install 'fmwatch-server[apprise]'"
    for glob, route in config.routes.items():
        if route.retention_days > DAYS["generations"]:
            longest = f"calls are kept for {DAYS['generations']} days, their content no longer: write less"
            yield f"routes.{glob}.retention_days", longest
