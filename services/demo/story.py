"""The printed end of a demo: what happened, to whom, since when, how sure, what to do, what it saves.

Reads nothing but the document of `demo --json`, and shows no text of any call. Colour comes only on a
terminal; every word from outside goes through `plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO

from rich.console import Console
from rich.markup import escape

from services.wording.words import one_line

MARKS = {"page": "[bold red]■ PAGE  [/]", "ticket": "[yellow]▲ ticket[/]", "info": "[blue]● info  [/]"}
MISSED = "[bold]✕ missed[/]"
INDENT = " " * 11
HOUR_S, DAY_S = 3600, 86_400
MOST_SHOWN = 6

Document = Mapping[str, object]


def plain(text: object) -> str:
    r"""Return a text from outside so that it can neither style nor steer a terminal.

    >>> plain("[red]hi[/red]\x1b[2J")
    '\\[red]hi\\[/red] [2J'
    """
    return escape(one_line(str(text)))


def tell(document: Document, stream: IO[str]) -> None:
    """Print the story of a demo."""
    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in lines(document):
        console.print(line)


def lines(document: Document) -> Iterator[str]:
    """Yield the story line by line, in rich's markup."""
    alerts = {str(alert["id"]): alert for alert in _each(document, "alerts")}
    card = _of(document, "scorecard")
    yield from _opening(document, card)
    for incident in _each(card, "incidents"):
        yield ""
        yield from _incident(incident, alerts)
    yield from _false(card, alerts)
    yield from _silent(card)
    yield from _advice(document)
    yield from _next()


def _opening(document: Document, card: Document) -> Iterator[str]:
    demo = _of(document, "demo")
    fleet = (
        f"{_count(demo, 'routes')} routes of {_count(demo, 'teams')} teams on {_count(demo, 'models')} models"
    )
    arranged = f"{_count(card, 'arranged')} arranged incidents"
    yield f"[bold]{_count(demo, 'days')} days of {fleet}, {arranged}.[/] Nobody was notified."
    simulated = plain(demo.get("simulated", "latency simulated"))
    yield f"  Questions are real, some passages and answers invented; {simulated}."
    yield (
        f"  stored {_count(document, 'stored')} + duplicates {_count(document, 'duplicates')}"
        f" + dead letters {_count(document, 'dead_letters')} = {_count(document, 'events')} events"
        f"   {_number(document, 'events_per_second'):,.0f}/s   {_minutes(_number(document, 'seconds'))}"
    )
    yield ""
    yield (
        f"[bold]Found {_count(card, 'found')} of {_count(card, 'arranged')}, false {_count(card, 'false')}[/]"
    )


def _incident(incident: Document, alerts: Mapping[str, Document]) -> Iterator[str]:
    alert = alerts.get(str(incident.get("alert")))
    if alert is None:
        where = plain(incident.get("route") or incident.get("platform"))
        yield f"{MISSED}  [bold]{where}[/]  {_named(incident.get('kind'))}: arranged, and nothing said so"
        return
    yield f"{MARKS[str(alert['severity'])]}  [bold]{plain(alert['headline'])}[/]"
    for line in _each(alert, "lines"):
        yield f"{INDENT}{plain(line['name'])}: {plain(line['text'])}"
    yield INDENT + _arranged(incident, alert)
    if also := _also(incident, alerts.values()):
        yield f"{INDENT}Raised with it: {', '.join(also)}"


def _arranged(incident: Document, alert: Document) -> str:
    """Return what the demo itself knows: when it really began, and how long finding it took."""
    really, found = _time(incident.get("began_at")), _time(incident.get("found_at"))
    verb = "In use since" if alert.get("unit") == "days" else "Arranged at"
    parts = [f"{verb} {really:%a %d %b %H:%M}" if really else f"{verb} an unknown time"]
    if really and found:
        parts.append(f"found after {_span((found - really).total_seconds())}")
    return ", ".join(parts)


def _also(incident: Document, alerts: Iterable[Document]) -> list[str]:
    """Return what else the culprit's consequences raised, each once."""
    causes, routes, began = (
        incident.get("consequences"),
        incident.get("routes"),
        _time(incident.get("began_at")),
    )
    if not isinstance(causes, Sequence) or not isinstance(routes, Sequence) or began is None:
        return []
    found = [
        _named(alert.get("signal"))
        for alert in alerts
        if alert.get("signal") in causes
        and set(_names(alert.get("routes"))) & set(_names(routes))
        and (detected := _time(alert.get("detected_at")))
        and detected >= began
    ]
    return list(dict.fromkeys(found))


def _names(routes: object) -> list[str]:
    return [str(route) for route in routes] if isinstance(routes, Sequence) else []


def _false(card: Document, alerts: Mapping[str, Document]) -> Iterator[str]:
    ids = card.get("false_alerts")
    for alert in (alerts.get(str(one)) for one in (ids if isinstance(ids, Sequence) else ())):
        if alert is not None:
            yield f"  false: {MARKS[str(alert['severity'])]}  {plain(alert['headline'])}"


def _silent(card: Document) -> Iterator[str]:
    traps = [f"{plain(trap.get('says'))} ({plain(trap.get('route'))})" for trap in _each(card, "traps")]
    if traps:
        yield ""
        yield f"Arranged too, and no reason for an alarm: {', '.join(traps)}."


def _advice(document: Document) -> Iterator[str]:
    given = _each(document, "recommendations")
    useful = [advice for advice in given if advice.get("state") != "abstain"]
    if not given:
        return
    abstained = (
        f" ({len(given) - len(useful)}: no safe candidate or too little evidence)"
        if len(useful) < len(given)
        else ""
    )
    yield ""
    yield f"[bold]Advice for {len(useful)} of {len(given)} looked at[/]{abstained}"
    for advice in sorted(useful, key=lambda one: _number(one, "spend_difference_ratio"))[:MOST_SHOWN]:
        yield _move(advice)


def _move(advice: Document) -> str:
    spend = advice.get("spend_difference_ratio")
    basis = plain(str(advice.get("spend_basis") or "").replace("_", " "))
    money = (
        f"spend {100 * float(spend):+.0f} % ({basis})" if isinstance(spend, (int, float)) else "spend unknown"
    )
    low, high = _pair(advice.get("quality_interval"))
    quality = (
        f"bad answers {100 * low:+.1f} to {100 * high:+.1f} points"
        if low is not None and high is not None
        else "quality not measured yet"
    )
    causes = advice.get("causes")
    why = ", ".join(plain(cause) for cause in causes) if isinstance(causes, Sequence) else ""
    until = f", good until {str(advice['expires_at'])[:10]}" if advice.get("expires_at") else ""
    return (
        f"  {plain(advice.get('route'))}  {plain(advice.get('incumbent'))} ({why})"
        f" -> [bold]{plain(advice.get('candidate'))}[/]  {money}, {quality}{until}"
    )


def _next() -> Iterator[str]:
    yield ""
    yield "Next  fmwatch demo --open           opens the page on all of this"
    yield "      fmwatch replay yours.jsonl    the same on your own calls"


def _named(signal: object) -> str:
    return plain(str(signal).replace("_", " "))


def _each(document: Document, name: str) -> list[Document]:
    found = document.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, Sequence) else []


def _of(document: Document, name: str) -> Document:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(document: Document, name: str) -> float:
    found = document.get(name)
    return float(found) if isinstance(found, (int, float)) else 0.0


def _count(document: Document, name: str) -> str:
    return f"{_number(document, name):,.0f}"


def _pair(interval: object) -> tuple[float | None, float | None]:
    if isinstance(interval, Sequence) and len(interval) == 2:  # noqa: PLR2004 - low and high
        low, high = (float(end) if isinstance(end, (int, float)) else None for end in interval)
        return low, high
    return None, None


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _span(seconds: float) -> str:
    if seconds < 2 * HOUR_S:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / HOUR_S:.0f} h" if seconds < 2 * DAY_S else f"{seconds / DAY_S:.1f} days"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
