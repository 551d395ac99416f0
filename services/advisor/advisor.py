"""Daily advice on the models a company uses: which are outdated, and what should replace them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec

from detectors.monitors.base import Series, Signal
from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.advisor.causes.ranked import RANK
from services.advisor.choices import choices
from services.advisor.compared import Compared
from services.advisor.constraints import RouteRules
from services.advisor.knowledge import cutoff
from services.advisor.lifecycle import lifecycle
from services.advisor.observed import NOTHING, Incumbent, Observations
from services.advisor.read_labels import Labels
from services.advisor.recommend import Adviser, Recommendation, as_json
from services.advisor.render import render
from services.advisor.usage import RouteUsage

_FAR = 10**6  # days; sorts what has no announced end last

Read = Callable[[date], Sequence[RouteUsage]]
Rules = Callable[[str], RouteRules]
ReadLabels = Callable[[date], Labels]
Observe = Callable[[date, Mapping[Incumbent, date]], Observations]


class Advisor:
    """Advise on every model in use, once a day; reads and says, changes nothing.

    Parameters
    ----------
    read : what every route did lately, up to the end of a day
    catalogue : the shipped list of models
    prices : the same price book that the ledger uses
    rules : what the configuration says about a route, by its name
    labels : the requests that people compared, up to the end of a day
    observe : what traffic itself says of models, up to the end of a day; it is told until when each knows the
        world, where the catalogue has it
    """

    def __init__(
        self,
        read: Read,
        catalogue: Catalogue,
        prices: PriceBook,
        rules: Rules = lambda _: RouteRules(),
        labels: ReadLabels = lambda _: {},
        *,
        observe: Observe = lambda *_: {},
    ) -> None:
        self.read = read
        self.catalogue = catalogue
        self.prices = prices
        self.rules = rules
        self.labels = labels
        self.observe = observe

    def advise(self, today: date, signals: Sequence[Signal] = ()) -> list[Recommendation]:
        """Return one recommendation per outdated model on a route, the most urgent first.

        `signals` are those now raised; `model_changed` among them is a cause, and
        `prompt_drift` explains worse answers.
        """
        read = self.read(today)
        seen = self.observe(today, self._cutoffs(read))
        used = [
            replace(item, owners=self._owners(item), form=seen.get(_incumbent(item), NOTHING).form)
            for item in read
        ]
        adviser = Adviser(self.catalogue, self.prices, today)
        on_route = _by_route(used, self.catalogue)
        compared = Compared(self.labels(today), used, self.catalogue)
        found = {}
        for item in used:
            if not item.serves:
                continue
            rules = self.rules(item.route)
            measured = on_route[item.tenant, item.route]
            if advice := adviser.recommend(
                item,
                rules,
                signals,
                measured,
                compared.of(item),
                sisters=compared.sisters(item),
                seen=seen.get(_incumbent(item), NOTHING),
            ):
                found[advice.id] = advice
        return sorted(found.values(), key=_urgency)

    def look(self, today: date) -> None:
        """Have looked through what traffic itself says on that day, so that `advise` need not."""
        self.observe(today, self._cutoffs(self.read(today)))

    def lifecycle(self, today: date, raised: Collection[Series] = ()) -> list[Signal]:
        """Return the signals about models that end, as `today` begins: on what was used until yesterday.

        `raised` are the series signalled before.
        """
        return lifecycle(self.read(today - timedelta(days=1)), self.catalogue, today, raised)

    def _cutoffs(self, used: Sequence[RouteUsage]) -> Mapping[Incumbent, date]:
        entries = ((item, self.catalogue.find(item.platform, item.model, item.served)) for item in used)
        return {
            _incumbent(item): until
            for item, entry in entries
            if entry and (until := cutoff(entry)) is not None
        }

    def _owners(self, item: RouteUsage) -> tuple[str, ...]:
        owner = self.rules(item.route).owner
        return (owner,) if owner else item.owners


def as_row(advice: Recommendation, made_at: datetime) -> dict[str, object]:
    """Return advice as a row of the table `advice`."""
    document = as_json(advice)
    body = {
        **document,
        "text": render(advice),
        "evidence_lines": dict(advice.causes),
        "reason": advice.reason,
        "choices": msgspec.to_builtins(choices(advice)),
    }
    row = {name: value for name, value in document.items() if name != "quality_interval"}
    known = advice.quality.interval if advice.quality else None
    return row | {
        "candidate": document["candidate"] or "",
        "quality_low": known.low if known else None,
        "quality_high": known.high if known else None,
        "made_at": made_at,
        "updated_at": made_at,
        "expires_at": advice.expires_at,
        "body": json.dumps(body, ensure_ascii=False, sort_keys=True),
    }


def _incumbent(item: RouteUsage) -> Incumbent:
    return item.tenant, item.route, item.platform, item.model


def _by_route(
    used: Sequence[RouteUsage], catalogue: Catalogue
) -> Mapping[tuple[str, str], Mapping[tuple[str, str], RouteUsage]]:
    """Return what is measured on each route, by the catalogue's spelling of platform and model."""
    found: dict[tuple[str, str], dict[tuple[str, str], RouteUsage]] = defaultdict(dict)
    for item in used:
        entry = catalogue.find(item.platform, item.model, item.served)
        name = (entry.platform, entry.model) if entry else (item.platform, item.model)
        found[item.tenant, item.route][name] = item
    return found


def _urgency(advice: Recommendation) -> tuple[int, int, int, str, str]:
    """By the most pressing cause, then by days left, then by traffic."""
    left = advice.life.days_left
    first = min(RANK.index(cause) for cause in advice.causes)
    return (
        first,
        _FAR if left is None else left,
        -advice.usage.asked_n,
        advice.usage.route,
        advice.usage.model,
    )
