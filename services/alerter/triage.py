"""What is behind an alert: traffic, prompt, application, provider, served model, or our own detector. Pure.

Each clue speaks for one suspect with a weight of one to four. A suspect is named only when it stands out;
otherwise the answer is "cannot tell", with what was looked at and is as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter

from fmwatch.event import Change

from detectors.monitors.slices import BETTER, Group, by_mix, concentrated, ranked
from services.alerter.alert import Alert
from services.alerter.nearest import touches
from services.wording.explanation import Suspect, Suspicion, Triage
from services.wording.numbers import lasting, percent
from services.wording.words import clip, plural

SELF_EXPLAINED = frozenset(
    {
        "completeness",
        "lifecycle",
        "model_changed",
        "budget",
        "detector_coverage",
        "detector_changed",
        "detector_lag",
        "delivery",
    }
)
SCORED = frozenset({"hallucination", "toxicity", "refusal", "privacy", "prompt_drift", "response_drift"})
SIZES = frozenset({"latency", "ttft", "spend", "tokens"})
# Of these it is known which calls are bad, and so whether calls that are not new have risen too.
RISING = SIZES | {"error", "hallucination", "toxicity", "refusal", "privacy", "truncated"}
# A change this long before the earliest start may have taken as long to roll out; earlier, it is only near.
ROLL_OUT = timedelta(hours=2)
NEAR = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
QUESTIONS, UNLIKE = "questions", "unlike the usual ones"
ABSENT, ARRIVED, TOOK_OVER = 0.02, 0.1, 0.5  # shares of calls: not there before, there now, most of them
MANY_MORE = 2.0  # as many times the share
GREW, SAME = 1.3, 1.1  # ratios of sizes
MOST_OF = 0.5  # part of a rise that a clue must carry
USUAL = 1.5  # a rate that is less than that many times the reference has not risen
ENOUGH = 30  # calls elsewhere
OWN_CHANGES = frozenset({"prompt", "deploy", "model", "price"})


# Words in an error's type, and whose side such errors are of; a quota (429) is of both.
ERRORS: Sequence[tuple[Suspect, str, tuple[str, ...]]] = (
    (
        "provider",
        "the errors are the provider's",
        (
            "server_error",
            "timeout",
            "overloaded",
            "unavailable",
            "internal",
            "500",
            "502",
            "503",
            "504",
            "529",
        ),
    ),
    (
        "application",
        "the provider refuses the requests",
        ("invalid", "bad_request", "context_length", "authentication", "400", "401", "403", "404", "422"),
    ),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Mean tokens of a successful call, since the start over before; None where unknown."""

    input: float | None = None
    output: float | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The tenant's other calls of one platform and model."""

    platform: str
    model: str
    n: int
    bad: int
    before_n: int
    before_bad: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is looked at.

    Attributes
    ----------
    others : other alerts of the tenant that are open
    changes : what was changed on purpose about that time
    groups : the alert's own calls by each dimension; elsewhere : the others
    """

    alert: Alert
    others: Sequence[Alert] = ()
    changes: Sequence[Change] = ()
    groups: Sequence[Group] = ()
    elsewhere: Sequence[Elsewhere] = ()
    sizes: Sizes = Sizes()

    def of(self, by: str) -> list[Group]:
        """Return the slices of one dimension."""
        return [group for group in self.groups if group.by == by]


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that speaks for one suspect."""

    suspect: Suspect
    weight: int
    said: str


def triage(scene: Scene) -> Triage | None:
    """Return the suspects in order, or None where an alert is its own cause."""
    if scene.alert.signal in SELF_EXPLAINED:
        return None
    clues = [clue for look in _LOOKS for clue in look(scene)]
    suspects = []
    for suspect in dict.fromkeys(clue.suspect for clue in clues):
        own = sorted((clue for clue in clues if clue.suspect == suspect), key=attrgetter("weight"))[::-1]
        suspects.append(
            Suspicion(suspect, sum(clue.weight for clue in own), tuple(clue.said for clue in own))
        )
    suspects.sort(key=lambda one: (-one.weight, one.cause))
    return Triage(tuple(suspects), tuple(_cleared(scene)))


def arrivals(groups: Sequence[Group], least: float = ARRIVED) -> list[Group]:
    """Return the slices of one dimension that were not there before and are now."""
    n, before = sum(group.n for group in groups), sum(group.before_n for group in groups)
    if not n or not before:
        return []
    return [group for group in groups if group.n >= least * n and group.before_n <= ABSENT * before]


def _declared(scene: Scene) -> Iterator[Clue]:
    """Yield what was changed on purpose: the last change of each kind, by how near it is to the start."""
    last: dict[str, Change] = {}
    for change in sorted(scene.changes, key=lambda change: change.at):
        if change.kind in OWN_CHANGES | {"detector"} and change.at <= scene.alert.began_high + MINUTE:
            last[change.kind] = change
    for kind, change in last.items():
        if kind == "price" and scene.alert.signal != "spend":
            continue
        suspect = _family(kind)
        if suspect == "detector" and scene.alert.signal not in SCORED:
            continue
        weight = 3 if _aligned(scene.alert, change) else 1
        yield Clue(suspect, weight, _changed(scene.alert, change))


def _new_prompt(scene: Scene) -> Iterator[Clue]:
    for group in arrivals(scene.of("prompt version")):
        declared = [change for change in scene.changes if _aligned(scene.alert, change)]
        kinds = {change.kind for change in declared}
        suspect: Suspect = "application" if "deploy" in kinds and "prompt" not in kinds else "prompt"
        yield Clue(suspect, *_arrived(scene, group, f"prompt version {clip(group.value)}"))


def _new_model(scene: Scene) -> Iterator[Clue]:
    alert = scene.alert
    for other in scene.others:
        if other.signal == "model_changed" and _together(alert, other):
            yield Clue("served_model", 3, f"another alert: {other.title}")
    for group in arrivals(scene.of("served model")):
        if not arrivals(scene.of("model")):  # asked for by another name is no silent change
            yield Clue("served_model", *_arrived(scene, group, f"served model {clip(group.value)}"))


def _new_request(scene: Scene) -> Iterator[Clue]:
    """Yield that the application asks for a model or a platform that it did not ask for before."""
    alert = scene.alert
    own = scene.of("model")
    if alert.series.model and own and not sum(group.before_n for group in own):
        yield Clue("application", 3, f"nobody asked for {clip(alert.series.model)} in the week before")
    for by in ("model", "platform"):
        for group in arrivals(scene.of(by)):
            yield Clue("application", *_arrived(scene, group, f"calls to {clip(group.value)}"))


def _new_limit(scene: Scene) -> Iterator[Clue]:
    """Yield that answers may be less long than before, or that they have become longer by themselves."""
    if scene.alert.signal != "truncated":
        return
    found = arrivals(scene.of("token limit"))
    for group in found:
        yield Clue("application", *_arrived(scene, group, f"token limit {clip(group.value)}"))
    grown = scene.sizes.output
    if grown is None or found:
        return
    if grown >= GREW:
        yield Clue("served_model", 1, f"answers have {grown:.1f} times the output tokens, thinking included")
    elif grown <= 1 / SAME:
        yield Clue("application", 2, f"answers end at {percent(grown)} of their usual tokens: a lower limit")


def _new_traffic(scene: Scene) -> Iterator[Clue]:
    """Yield that other things are asked: another topic, another language, more text."""
    alert = scene.alert
    if alert.signal == "prompt_drift":
        yield Clue("traffic", 3, "the questions themselves have moved")
    for other in scene.others:
        if other.signal == "prompt_drift" and alert.signal != "prompt_drift" and _together(alert, other):
            yield Clue("traffic", 3, f"questions moved on {', '.join(map(clip, other.routes))} at that time")
    for group in arrivals(scene.of("language"), least=0.05):
        yield Clue("traffic", *_arrived(scene, group, f"language {clip(group.value)}"))
    yield from _other_questions(scene)
    for by in ("language", "route"):
        if (part := by_mix(scene.of(by))) >= MOST_OF:
            yield Clue("traffic", 3, f"the mix of {by}s alone brings {percent(min(part, 1.0))} of it")
    grown = scene.sizes.input
    if alert.signal in SIZES and grown is not None and grown >= GREW:
        yield Clue("traffic", 1, f"calls bring {grown:.1f} times the input tokens")


def _other_questions(scene: Scene) -> Iterator[Clue]:
    """Yield that the trouble sits in questions unlike the usual ones, of which there are many more."""
    own = scene.of(QUESTIONS)
    found = concentrated(own)
    if found is None or found.value != UNLIKE:
        return
    now, before = found.n / sum(one.n for one in own), found.before_n / sum(one.before_n for one in own)
    if now >= MANY_MORE * before:
        said = f"questions unlike the usual ones have the trouble: {percent(now)} of the calls"
        yield Clue("traffic", 3, f"{said}, {percent(before)} before")


def _platform(scene: Scene) -> Iterator[Clue]:
    """Yield what speaks for the provider: everything on a platform, and nothing elsewhere."""
    alert = scene.alert
    if alert.signal in SCORED | {"unpriced", "residency"}:
        return
    platform = alert.series.platform
    if platform and not alert.series.route and len(alert.routes) > 1:
        name = clip(platform)
        yield Clue("provider", 2, f"{plural(len(alert.routes), 'route')} on {name} at once")
        others = [other for other in scene.elsewhere if other.platform != platform]
        if _calm(others):
            yield Clue("provider", 1, "other platforms are as usual")
    errors = scene.of("error")
    bad = sum(group.n for group in errors)
    for suspect, said, marks in ERRORS if alert.signal == "error" else ():
        named = [group for group in errors if any(mark in group.value.lower() for mark in marks)]
        if bad and sum(group.n for group in named) >= MOST_OF * bad:
            kinds = ", ".join(clip(group.value) for group in sorted(named, key=lambda one: -one.n)[:3])
            yield Clue(suspect, 1, f"{said} ({kinds})")


def _new_detector(scene: Scene) -> Iterator[Clue]:
    for group in arrivals(scene.of("detector"), least=TOOK_OVER):
        yield Clue("detector", 4, f"version {clip(group.value)} since then, so the measure changed")


_LOOKS = (
    _declared,
    _new_prompt,
    _new_model,
    _new_request,
    _new_limit,
    _new_traffic,
    _platform,
    _new_detector,
)


def _arrived(scene: Scene, group: Group, name: str) -> tuple[int, str]:
    """Return how much an arrival says: most if the trouble sits in it alone, least if it is elsewhere too.

    What came some time before the start and was as usual at first is hardly it, either.
    """
    own = scene.of(group.by)
    was = sum(other.before_bad for other in own) / max(sum(other.before_n for other in own), 1)
    if was and group.before_n >= ENOUGH and group.before_bad <= USUAL * was * group.before_n:
        return 1, f"{name} is new, but was as usual at first"
    share = group.n / sum(other.n for other in own)
    old = [other for other in own if other is not group and other.n >= ENOUGH]
    if concentrated(own) == group and old:
        return 4, f"{name} is new and has the trouble; the rest is as usual"
    if scene.alert.signal in RISING and any(nats >= BETTER for nats, other in ranked(own) if other in old):
        return 1, f"{name} is new with {percent(share)} of the calls, but the others have risen too"
    return (3 if share >= TOOK_OVER else 2), f"{name} is new, with {percent(share)} of the calls"


def _cleared(scene: Scene) -> Iterator[str]:
    """Yield what was looked at and is as before."""
    for by in ("prompt version", "served model", "language", "region"):
        own = scene.of(by)
        if own and not arrivals(own, least=0.01) and by_mix(own) < MOST_OF / 2:
            yield f"{by}{'s' if len(own) > 1 else ''}"
    if scene.of("detector") and not arrivals(scene.of("detector")):
        yield "detector"
    grown = scene.sizes.input
    if grown is not None and 1 / SAME <= grown <= SAME:
        yield "length of questions"
    platform = scene.alert.series.platform or next((group.value for group in scene.of("platform")), "")
    if platform and _calm([other for other in scene.elsewhere if other.platform == platform]):
        yield f"other calls on {clip(platform)}"


def _calm(others: Sequence[Elsewhere]) -> bool:
    """Tell whether there are enough calls elsewhere, and they are not worse than before."""
    n, before = sum(other.n for other in others), sum(other.before_n for other in others)
    if n < ENOUGH or before < ENOUGH:
        return False
    usual = (sum(other.before_bad for other in others) + 1) / before
    return (sum(other.bad for other in others) - 1) / n < USUAL * usual


def _aligned(alert: Alert, change: Change) -> bool:
    """Tell whether a change lies right before the start, as far as the start is known."""
    return alert.began_low - ROLL_OUT <= change.at <= alert.began_high + MINUTE


def _together(alert: Alert, other: Alert) -> bool:
    """Tell whether another alert touches the same routes and may have begun before or with this one."""
    shared = not alert.routes or not other.routes or set(alert.routes) & set(other.routes)
    return (
        bool(shared)
        and alert.series.tenant == other.series.tenant
        and other.began_low <= alert.began_high + ROLL_OUT
        and alert.began_low - other.began_high <= NEAR
    )


def _changed(alert: Alert, change: Change) -> str:
    moved = " -> ".join(clip(part) for part in (change.from_, change.to) if part)
    what = " ".join(part for part in (change.kind, moved) if part)
    apart = alert.began_at - change.at
    when = f"{lasting(apart)} before" if apart >= MINUTE else "at the start"
    return f"{what} {when}"


def _family(kind: str) -> Suspect:
    return "detector" if kind == "detector" else "prompt" if kind == "prompt" else "application"


def about(changes: Sequence[Change], alert: Alert) -> list[Change]:
    """Return the changes that touch an alert's series within a day before its start."""
    return [
        change
        for change in changes
        if alert.began_low - NEAR <= change.at <= alert.began_high + MINUTE
        and touches(change, alert.series, alert.routes)
    ]
