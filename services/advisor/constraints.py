"""Which models may replace another on a route: feasible first, cheap or good afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from detectors.identity import l1
from services.advisor.catalogue import Catalogue, known_since, preview
from services.advisor.declared import Declared
from services.advisor.entry import Entry
from services.advisor.form import told
from services.advisor.lifespan import lifespan
from services.advisor.usage import RouteUsage

LEAST_DAYS = 180  # a replacement must be known to live this long, or at least not known to end
_OUTPUT_ROOM = 1.25  # the answer needs room beside the longest input


@dataclass(frozen=True, slots=True)
class RouteRules:
    """What a company's configuration says about a route.

    Attributes
    ----------
    candidates : platform/model, in order of preference
    platforms, regions : globs of what is allowed; empty platforms means where the route runs now
    quality : the difference in bad answers that would be accepted
    owner : who is responsible
    experiments : comparisons declared before they began
    """

    candidates: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    quality: float = 0.02
    owner: str = ""
    experiments: tuple[Declared, ...] = ()


def obstacles(
    entry: Entry, usage: RouteUsage, rules: RouteRules, catalogue: Catalogue, on: date
) -> Iterator[str]:
    """Yield every reason why a model cannot replace the incumbent on this route; none means feasible."""
    yield from _place(entry, usage, rules, catalogue)
    yield from _life(entry, catalogue, on)
    yield from _abilities(entry, usage, _mode(catalogue.find(usage.platform, usage.model, usage.served)))


def _place(entry: Entry, usage: RouteUsage, rules: RouteRules, catalogue: Catalogue) -> Iterator[str]:
    home = catalogue.platform(usage.platform)
    allowed = [catalogue.platform(name) for name in rules.platforms] or [home]
    if not any(fnmatchcase(entry.platform, name) for name in allowed):
        yield f"platform {entry.platform} is not allowed on this route"
    elif rules.regions and entry.platform != home:
        yield f"not known to run in {', '.join(rules.regions)}"
    incumbent = catalogue.find(usage.platform, usage.model, usage.served)
    called = entry.platform == home and l1(entry.model) == l1(usage.model)
    if called or (incumbent and incumbent.name == entry.name):
        yield "is the incumbent"


def _life(entry: Entry, catalogue: Catalogue, on: date) -> Iterator[str]:
    life = lifespan(entry, on)
    if life.leaving:
        yield f"is itself {life.state}" + (f", ends {life.ends}" if life.ends else "")
    elif life.known_days is not None and life.known_days < LEAST_DAYS:
        yield f"known to live {max(life.known_days, 0)} d only"
    elif life.state == "unknown":
        yield "nobody states whether it is supported"
    elif life.known_days is None and (days := snapshots_end(entry, catalogue, on)) is not None:
        yield f"all its dated snapshots may end within {days} d"
    if entry.tombstone:
        yield f"no list names it since {entry.tombstone}"
    if known_since(entry) > on.isoformat() or (entry.released and entry.released.value > on):
        yield "was not known on that day"
    if preview(entry):
        yield "is a preview"


def snapshots_end(entry: Entry, catalogue: Catalogue, on: date) -> int | None:
    """Return the days until the last snapshot of an undated name may end, when that is too soon.

    This only forbids: a family never carries a status, but a name cannot outlive all it stands for.
    """
    days = [lifespan(snapshot, on).known_days for snapshot in catalogue.snapshots(entry)]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) and max(known) < LEAST_DAYS else None


def _mode(incumbent: Entry | None) -> str:
    """Return what the route needs the model for; completion models are followed by chat models."""
    mode = incumbent.mode.value if incumbent and incumbent.mode else "chat"
    return "chat" if mode == "completion" else mode


def _abilities(entry: Entry, usage: RouteUsage, wanted: str) -> Iterator[str]:
    mode = entry.mode.value if entry.mode else "unknown"
    if mode != wanted:
        yield f"mode is {mode}, not {wanted}"
    need = round(usage.longest_input_tokens * _OUTPUT_ROOM)
    if entry.context_tokens and entry.context_tokens.value < need:
        yield f"context {entry.context_tokens.value:,} tokens, this route needs {need:,}"
    if usage.tools and not (entry.tools and entry.tools.value):
        yield "not known to call tools"
    if usage.images and not (entry.modalities and "image" in entry.modalities.value):
        yield "not known to read images"
    if usage.form.structured and not (entry.json and entry.json.value):
        yield f"not known to give JSON, and this route {told(usage.form)}"
