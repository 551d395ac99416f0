"""One recommendation for one model on one route. It abstains by default and never switches anything."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from detectors.monitors.base import Signal
from detectors.prices import PriceBook
from services.advisor.candidates import Candidate, candidates
from services.advisor.catalogue import Catalogue
from services.advisor.causes import changed, degraded, dominated, retired, retiring, stale, superseded
from services.advisor.causes.ranked import MERELY, ranked
from services.advisor.compare.pairs import Pairs
from services.advisor.constraints import RouteRules
from services.advisor.declared import declared_for
from services.advisor.entry import Entry
from services.advisor.evidence import Experiment, Spend, experiment, spend
from services.advisor.form import falls_short
from services.advisor.lifespan import Lifespan
from services.advisor.newer import newer
from services.advisor.observed import NOTHING, Observed
from services.advisor.quality import Quality, quality
from services.advisor.usage import RouteUsage

State = Literal["recommend", "experiment", "abstain"]
Evidence = Literal["own_traffic", "other_routes", "public_prior", "provider", "price_list"]
VALID_DAYS = 30  # of 19 substitutes that one provider named, 9 were deprecated within 121 days
MARGINS = (0.05, 0.02)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do about one model on one route, and what that rests on.

    Attributes
    ----------
    causes : why the incumbent is outdated, with the evidence line of each
    candidate : what to move to, or to try; None when nothing safe is known
    options : every possibility looked at, feasible or not
    spends : what each feasible option costs against the incumbent, by name
    reason : why this state and no stronger one
    experiments : what it would take to settle the quality, by margin
    qualities : how labelled options compare with the incumbent, by name
    """

    id: str
    usage: RouteUsage
    causes: Mapping[str, str]
    life: Lifespan
    state: State
    candidate: Candidate | None
    options: Sequence[Candidate]
    spends: Mapping[str, Spend]
    experiments: Sequence[Experiment]
    evidence: Evidence
    reason: str
    expires_at: datetime
    qualities: Mapping[str, Quality] = field(default_factory=dict)

    @property
    def quality(self) -> Quality | None:
        """How the candidate's answers compare with the incumbent's, where people labelled them."""
        return self.qualities.get(self.candidate.name) if self.candidate else None

    @property
    def answers(self) -> bool:
        """Whether it may answer an alert: that something newer exists explains no trouble."""
        return not MERELY.issuperset(self.causes)

    @property
    def spend(self) -> Spend | None:
        """What the candidate costs against the incumbent."""
        return self.spends.get(self.candidate.name) if self.candidate else None


def recommendation_id(tenant: str, route: str, platform: str, model: str) -> str:
    """Return the id of the advice about a model on a route; the same on every day."""
    text = f"{tenant}\x1f{route}\x1f{platform}\x1f{model}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Adviser:
    """Everything that all recommendations of a day share."""

    catalogue: Catalogue
    prices: PriceBook
    on: date

    def recommend(
        self,
        usage: RouteUsage,
        rules: RouteRules,
        signals: Sequence[Signal] = (),
        measured: Mapping[tuple[str, str], RouteUsage] | None = None,
        labels: Mapping[tuple[str, str], Pairs] | None = None,
        *,
        sisters: Mapping[tuple[str, str], Sequence[Pairs]] | None = None,
        seen: Observed = NOTHING,
    ) -> Recommendation | None:
        """Return the advice about one model on one route, or None when it is not outdated.

        Parameters
        ----------
        measured : what other models did on the same route; labels : requests that people compared with
            the incumbent's, by the other model. Both by (platform, model) as the catalogue spells them
        sisters : pairs of the same two models on other routes of this kind, by the other model
        seen : what this model's traffic itself says
        """
        life = self.catalogue.status(usage.platform, usage.model, self.on, usage.served)
        causes = _causes(life, usage, signals, seen)
        later = None if life.leaving else self._newer(usage)
        if not any(causes.values()) and not labels and later is None:
            return None
        options = [
            _in_form(option, usage, measured or {})
            for option in candidates(usage, rules, self.catalogue, self.on, labels or ())
        ]
        spends = {o.name: self._spend(usage, o, measured or {}) for o in options if not o.obstacles}
        qualities = _qualities(usage, rules, options, spends, labels or {}, sisters=sisters or {})
        better = _dominating(usage, options, spends, qualities, measured or {})
        if better:
            name, latency = better
            causes[dominated.CAUSE] = dominated.evidence(name, qualities[name], spends[name], latency)
        elif later:
            causes[superseded.CAUSE] = superseded.evidence(later, qualities.get(later.name))
        if not any(causes.values()):
            return None
        fallen = degraded.confirmed(seen.worse)
        state, chosen, reason = _decide(life, options, qualities, better[0] if better else "", fallen=fallen)
        costs = spends.get(chosen.name) if chosen else next(iter(spends.values()), None)
        margins = sorted({*MARGINS, rules.quality}, reverse=True)[:2]
        return Recommendation(
            recommendation_id(usage.tenant, usage.route, usage.platform, usage.model),
            usage,
            ranked(causes),
            life,
            state,
            chosen,
            options,
            spends,
            [experiment(usage, margin, costs.usd_per_call if costs else None) for margin in margins],
            _evidence(chosen, costs, qualities),
            reason + _dearer(chosen, options, spends),
            self._expires(life, chosen),
            qualities,
        )

    def _newer(self, usage: RouteUsage) -> Entry | None:
        entry = self.catalogue.find(usage.platform, usage.model, usage.served)
        return newer(entry, self.catalogue, self.on) if entry else None

    def _spend(
        self, usage: RouteUsage, other: Candidate, measured: Mapping[tuple[str, str], RouteUsage]
    ) -> Spend:
        own = self.catalogue.find(usage.platform, usage.model, usage.served)
        return spend(
            usage,
            platform=other.platform,
            model=other.model,
            prices=self.prices,
            at=datetime.combine(self.on, time(12), UTC),
            measured=measured,
            hourly_usd=_hourly(self.catalogue.get(other.platform, other.model)),
            own_hourly_usd=_hourly(own),
        )

    def _expires(self, life: Lifespan, chosen: Candidate | None) -> datetime:
        """Return when to ask again: in 30 days, and no later than the incumbent's last day."""
        last = self.on + timedelta(days=VALID_DAYS)
        if life.ends and life.ends > self.on:
            last = min(last, life.ends)
        if chosen and chosen.life.ends:
            last = min(last, chosen.life.ends)
        return datetime.combine(last, time(), UTC)


def _hourly(entry: Entry | None) -> float | None:
    return entry.hourly_usd.value if entry and entry.hourly_usd else None


def as_json(advice: Recommendation) -> dict[str, object]:
    """Return the document that commands print and other programs read."""
    usage, costs = advice.usage, advice.spend
    known = advice.quality.interval if advice.quality else None
    return {
        "id": advice.id,
        "tenant": usage.tenant,
        "route": usage.route,
        "platform": usage.platform,
        "incumbent": usage.model,
        "candidate": advice.candidate.name if advice.candidate else None,
        "causes": list(advice.causes),
        "state": advice.state,
        "spend_difference_ratio": round(costs.ratio, 4) if costs and costs.ratio is not None else None,
        "spend_basis": costs.basis if costs else "price_list",
        "quality_difference": round(known.difference, 4) if known else None,
        "quality_interval": [round(known.low, 4), round(known.high, 4)] if known else None,
        "n": known.pairs if known else usage.asked_n,
        "evidence": advice.evidence,
        "expires_at": advice.expires_at.isoformat().replace("+00:00", "Z"),
    }


def _in_form(
    option: Candidate, usage: RouteUsage, measured: Mapping[tuple[str, str], RouteUsage]
) -> Candidate:
    """Return the option, with the obstacle that its answers on this route fall out of its form."""
    here = measured.get((option.platform, option.model))
    short = falls_short(usage.form, here.form) if here else ""
    return replace(option, obstacles=(*option.obstacles, short)) if short else option


def _causes(
    life: Lifespan, usage: RouteUsage, signals: Sequence[Signal], seen: Observed
) -> dict[str, str | None]:
    return {
        retired.CAUSE: retired.evidence(life, usage),
        retiring.CAUSE: retiring.evidence(life, usage),
        changed.CAUSE: changed.evidence(signals, usage),
        degraded.CAUSE: degraded.evidence(seen.worse, drifted=_drifted(signals, usage)),
        stale.CAUSE: stale.evidence(seen.late),
    }


def _drifted(signals: Sequence[Signal], usage: RouteUsage) -> bool:
    told = (one for one in signals if one.signal == "prompt_drift" and one.state == "raised")
    return any(changed.concerns(one, usage) for one in told)


def _qualities(
    usage: RouteUsage,
    rules: RouteRules,
    options: Sequence[Candidate],
    spends: Mapping[str, Spend],
    labels: Mapping[tuple[str, str], Pairs],
    *,
    sisters: Mapping[tuple[str, str], Sequence[Pairs]],
) -> dict[str, Quality]:
    """Return what labels say of every option that has some; those that may not replace it cost error too."""
    incumbent = usage.platform, usage.model
    planned = sum(one.at(usage.route, incumbent) for one in rules.experiments)
    return {
        option.name: quality(
            labels[option.platform, option.model],
            rules.quality,
            candidates=max(len(labels), planned),
            per_day=usage.per_day,
            usd_per_pair=spends[option.name].usd_per_call if option.name in spends else None,
            sisters=sisters.get((option.platform, option.model), ()),
            declared=declared_for(rules.experiments, usage.route, incumbent, (option.platform, option.model)),
        )
        for option in options
        if (option.platform, option.model) in labels
    }


def _dominating(
    usage: RouteUsage,
    options: Sequence[Candidate],
    spends: Mapping[str, Spend],
    qualities: Mapping[str, Quality],
    measured: Mapping[tuple[str, str], RouteUsage],
) -> tuple[str, float] | None:
    """Return the cheapest option that dominates the incumbent, with its latency over the incumbent's."""
    found = []
    for option in options:
        other = measured.get((option.platform, option.model))
        latency = _latency_ratio(usage, other) if other else None
        if latency and dominated.dominates(qualities.get(option.name), spends.get(option.name), latency):
            found.append((_ratio(option, spends), option.name, latency))
    return min(found)[1:] if found else None


def _latency_ratio(usage: RouteUsage, other: RouteUsage) -> float | None:
    now, then = usage.latency_p95_ms, other.latency_p95_ms
    return then / now if now and then else None


def _decide(
    life: Lifespan,
    options: Sequence[Candidate],
    qualities: Mapping[str, Quality],
    better: str,
    *,
    fallen: bool,
) -> tuple[State, Candidate | None, str]:
    """Only an announced end forces a move, and only somebody's word, not mere age, names its goal.

    Labels go before everybody's word: they alone can recommend a move that nothing forces, and forbid one.
    `fallen`: labels confirm that the incumbent's answers got worse; what labels allow is then no worse.
    """
    said = {name: known.verdict for name, known in qualities.items()}
    feasible = [one for one in options if not one.obstacles and said.get(one.name) != "stay"]
    for option in feasible:
        if option.name == better or ((life.leaving or fallen) and said.get(option.name) == "switch"):
            return "recommend", option, f"labels on this route allow {option.name}"
    if not life.leaving:
        no = "they do not carry a move" if said else "no labels compare the models on this route"
        return "abstain", None, f"nothing forces a move, and {no}"
    for option in feasible:
        if option.why in {"configured", "provider"}:
            whose = "your configuration" if option.why == "configured" else "the provider"
            return "recommend", option, f"the end forces a move; {whose} names {option.name}"
    if feasible:
        return "experiment", feasible[0], f"{feasible[0].name} is feasible, but nobody vouches for it"
    worse = ", ".join(name for name, verdict in said.items() if verdict == "stay")
    return "abstain", None, "no safe replacement known" + (f"; labels are against {worse}" if worse else "")


def _dearer(chosen: Candidate | None, options: Sequence[Candidate], spends: Mapping[str, Spend]) -> str:
    """Say that the goal costs more than now, and what feasible option would not, if any is known."""
    ratio = _ratio(chosen, spends)
    if chosen is None or not 0 < ratio < math.inf:
        return ""
    least = min((option for option in options if not option.obstacles), key=lambda one: _ratio(one, spends))
    cheaper = _ratio(least, spends)
    instead = f"; {least.name} would be {cheaper:+.0%}" if cheaper < ratio else ""
    return f", and costs {ratio:+.0%}{instead}"


def _ratio(option: Candidate | None, spends: Mapping[str, Spend]) -> float:
    """Return what an option costs against now; an unknown price is never the least."""
    costs = spends.get(option.name) if option else None
    return math.inf if costs is None or costs.ratio is None else costs.ratio


def _evidence(chosen: Candidate | None, costs: Spend | None, qualities: Mapping[str, Quality]) -> Evidence:
    known = qualities.get(chosen.name) if chosen else None
    if known and known.interval and known.verdict == "switch":
        return "other_routes" if known.interval.rule == "pooled" else "own_traffic"
    if chosen and chosen.why == "provider":
        return "provider"
    return "own_traffic" if costs and costs.basis == "own_traffic" else "price_list"
