"""A recommendation as the at most twelve lines that on-call reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.advisor.candidates import Candidate
from services.advisor.choices import choices
from services.advisor.compare.settling import Undecidable
from services.advisor.evidence import USUAL_BAD_RATIO, Experiment, Spend
from services.advisor.form import told as form_told
from services.advisor.lifespan import Lifespan
from services.advisor.quality import Quality
from services.advisor.recommend import Recommendation, State
from services.wording.frontier import told
from services.wording.numbers import portion

MOST_LINES = 12
_SHOWN_CAUSES = 3
_SHOWN_OPTIONS = 3  # fewer beside several causes
_STEPS = "replay 200 redacted prompts, shadow, canary 1/5/25/50/100 %, keep the old one callable 7 d"
_RUNBOOK = "docs/runbooks/{name}.md"
# What to do where nothing forces a move and nothing carries one, by the most pressing cause.
_FIRST = {
    "degraded": "label 50 answers from before and 50 since, drawn at random",
    "changed": "pin the dated snapshot if the answers matter, compare labelled answers before and after",
    "stale": "give these questions passages or a search, or compare a candidate that knows more",
    "dominated": "compare more labelled pairs",
    "superseded": "nothing, unless the newer one is worth its labels: then compare pairs",
}


_VERDICTS: Mapping[State, str] = {
    "recommend": "move",
    "experiment": "try, do not move yet",
    "abstain": "no move",
}


def render(advice: Recommendation) -> str:
    """Return the text, one fact a line."""
    return "\n".join(list(_lines(advice))[:MOST_LINES])


def _lines(advice: Recommendation) -> Iterator[str]:
    usage = advice.usage
    owners = f"; {', '.join(usage.owners)}" if usage.owners else f"; team {usage.team}" if usage.team else ""
    causes = ", ".join(advice.causes)
    since = f"; since {advice.life.deprecated_at}" if advice.life.deprecated_at else ""
    what = f"{usage.route} on {usage.platform}/{usage.model}"
    form = f"; {said}" if (said := form_told(usage.form)) else ""
    yield f"[{causes}] {what}{since}; {portion(usage.share)} of calls (n {usage.asked_n:,}){form}{owners}"
    yield from list(advice.causes.values())[:_SHOWN_CAUSES]
    yield f"{_VERDICTS[advice.state]}: {advice.reason}"
    if advice.candidate:
        yield _candidate(advice, advice.candidate)
    yield from _others(advice)
    if placed := told(choices(advice)):
        yield placed
    if unknown := list(_unknown(advice)):
        yield f"not known: {'; '.join(unknown)}"
    yield _settle(advice)
    yield f"source: {_source(advice.life)}"
    yield f"do: {_do(advice)}; {_runbook(advice)}; expires {advice.expires_at:%Y-%m-%d}"


def _candidate(advice: Recommendation, candidate: Candidate) -> str:
    said = f"; stated {candidate.stated_at}" if candidate.stated_at else ""
    known = f"{_quality(advice.quality)}; " if advice.quality and advice.quality.interval else ""
    return f"{candidate.name} ({candidate.why}{said}): {known}{_money(advice.spend)}; {_life(candidate.life)}"


def _quality(known: Quality) -> str:
    """Say by how much the bad share of the answers differs, in points; below 0 is better."""
    if known.interval is None:
        return f"{known.pairs:,} labelled pairs are too few"
    low, middle, high = (
        100 * one for one in (known.interval.low, known.interval.difference, known.interval.high)
    )
    sure = (
        f"bad answers {middle:+.1f} pt ({low:+.1f}..{high:+.1f}) by {known.interval.pairs:,} labelled pairs"
    )
    helped = ", helped by other routes of the kind" if known.interval.rule == "pooled" else ""
    return sure + helped + (f" of {known.declared.pairs:,} declared" if known.declared else "")


def _money(costs: Spend | None) -> str:
    if costs is None or costs.ratio is None:
        return f"spend unknown ({costs.missing if costs else 'not priced'})"
    basis = "measured here" if costs.basis == "own_traffic" else "list price at this route's tokens"
    return f"spend {100 * costs.ratio:+.0f} % ({basis})"


def _life(life: Lifespan) -> str:
    if life.known_days is None:
        return "active, end unknown"
    return f"life >= {life.known_days} d"


def _others(advice: Recommendation) -> Iterator[str]:
    """Name the provider's word even where it is not followed, and what is likely."""
    words = {
        "provider": "provider says",
        "curator": "listed as nearest:",
        "newer": "newer in family:",
        "likely": "likely, by its kind:",
    }
    others = [option for option in advice.options if option is not advice.candidate]
    for option in others[: max(1, _SHOWN_OPTIONS + 1 - len(advice.causes))]:
        said = f" (stated {option.stated_at})" if option.stated_at else ""
        known = f"but {option.obstacles[0]}" if option.obstacles else _money(advice.spends.get(option.name))
        if option.name in advice.qualities:
            known = f"{_quality(advice.qualities[option.name])}; {known}"
        yield f"{words.get(option.why, option.why + ':')} {option.name}{said}, {known}"


def _unknown(advice: Recommendation) -> Iterator[str]:
    if not advice.qualities:
        yield "quality here (no labels)"
    elif not (advice.quality and advice.quality.verdict == "switch"):
        yield "quality here (labels do not settle it)"
    if not advice.candidate:
        yield "a replacement that fits"
    elif not (advice.spend and advice.spend.basis == "own_traffic"):
        yield "latency and token counts of the candidate"


def _settle(advice: Recommendation) -> str:
    """Say what knowing would cost; a size rests on an assumed rate unless answers were labelled."""
    plans = [_plan(known.plan) for known in advice.qualities.values() if known.plan]
    running = [
        f"{known.missing:,} more labelled pairs of the declared experiment with {name}"
        for name, known in advice.qualities.items()
        if known.missing
    ]
    if plans or running:
        return "to settle: " + "; ".join(running + plans)
    if advice.quality and advice.quality.verdict == "switch":
        return f"settled at {advice.quality.margin * 100:.3g} pt"
    rate = advice.usage.bad_ratio
    basis = f"{portion(rate)} bad" if rate else f"if {portion(USUAL_BAD_RATIO)} are bad"
    return f"to settle quality, {basis}: " + "; ".join(_experiment(e) for e in advice.experiments)


def _plan(plan: Experiment | Undecidable) -> str:
    if isinstance(plan, Experiment):
        return _experiment(plan)
    days = f"{plan.days:,} d of all of it" if plan.days else "more calls than it has"
    return f"{plan.margin * 100:.3g} pt: undecidable at this traffic ({plan.pairs:,} labelled pairs, {days})"


def _experiment(size: Experiment) -> str:
    usd = f", {size.usd:,.2f} USD + labels" if size.usd is not None else ""
    return (
        f"{size.margin * 100:.3g} pt: {size.pairs:,} labelled pairs "
        f"({portion(size.traffic_ratio)} of traffic for {size.days} d{usd})"
    )


def _source(life: Lifespan) -> str:
    fact = life.evidence
    if fact is None:
        return "none"
    via = f" for the served {life.via}" if life.via else ""
    return f"{fact.url or fact.source}, read {fact.as_of}, confidence {fact.confidence}{via}"


def _do(advice: Recommendation) -> str:
    if advice.state != "abstain":
        return _STEPS
    if advice.life.leaving:
        return "choose a candidate in fmwatch.yaml (routes: candidates), then run the experiment"
    return _FIRST[next(iter(advice.causes))]


def _runbook(advice: Recommendation) -> str:
    if advice.life.leaving:
        return _RUNBOOK.format(name="lifecycle")
    return _RUNBOOK.format(name="model_changed" if next(iter(advice.causes)) == "changed" else "advice")
