"""How the usual, the incidents and the traps change a call. Every chance is drawn from the scene."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from services.demo import features
from services.demo.desks import Desk
from services.demo.features import Call
from services.demo.fleet import Route, Usual
from services.demo.incidents import Incident
from services.demo.samples import Phrases

ERRORS = ("rate_limited", "timeout", "server_error")
REFUSED_UNSEEN = 0.5  # of questions on a topic that the model was never set up for


@dataclass(frozen=True, slots=True)
class Scene:
    """What a change to a call may draw on.

    Attributes
    ----------
    desk : the route's usual texts; unseen : on a topic that is new to it; other_language : in another one
    chance : apart from the texts' own draw, so that an incident changes nothing but what it strikes
    """

    route: Route
    usual: Usual
    phrases: Phrases
    desk: Desk
    unseen: Desk
    other_language: Desk
    chance: random.Random

    def happens(self, share: float) -> bool:
        """Return whether something of that probability happens now."""
        return self.chance.random() < share


def usual(call: Call, scene: Scene) -> Call:
    """Return the call with what happens on every route now and then."""
    chance, phrases = scene.chance, scene.phrases
    if scene.happens(scene.usual.private):
        address = chance.choice(phrases.emails).format(
            name=f"{chance.choice(phrases.names)}{chance.randrange(1000)}"
        )
        call = features.prompted(call, lambda text: text + address)
    if "context" in call and scene.happens(scene.usual.unsupported):
        call = features.unsupported(call, scene.desk.foreign())
    if scene.happens(scene.usual.refusal):
        call = features.answered(call, chance.choice(phrases.refusals))
    if scene.happens(scene.usual.toxic):
        call = _insulting(call, scene)
    if scene.happens(scene.usual.error):
        call = _failed(call, scene)
    return call


def strike(call: Call, incident: Incident, scene: Scene) -> Call:
    """Return the call as the incident leaves it: most incidents strike a share of calls."""
    if "error_type" in call:
        return call
    struck = STRIKES[incident.kind](call, incident, scene)
    return call if struck is call else features.arranged(struck, incident.kind)


def tempt(call: Call, trap: Incident, scene: Scene) -> Call:
    """Return the call as a trap leaves it: changed in a way that nobody needs to hear of."""
    change = TEMPTATIONS.get(trap.kind)
    tempted = change(call, trap, scene) if change else call
    return call if tempted is call else features.arranged(tempted, trap.kind)


def _insulting(call: Call, scene: Scene) -> Call:
    insults = scene.chance.sample(scene.phrases.insults, 2)
    return features.answered(call, " ".join(insults))


def _failed(call: Call, scene: Scene) -> Call:
    error = scene.chance.choice(ERRORS)
    after = 30_000.0 if error == "timeout" else scene.chance.uniform(80, 900)
    return features.failed(call, error, after)


def _share(change: Callable[[Call, Scene], Call], call: Call, incident: Incident, scene: Scene) -> Call:
    return change(call, scene) if scene.happens(incident.size) else call


def _unsupported(call: Call, scene: Scene) -> Call:
    return features.unsupported(call, scene.desk.foreign())


def _unseen(call: Call, scene: Scene) -> Call:
    call = features.asked(call, scene.unseen.exchange())
    if scene.happens(REFUSED_UNSEEN):
        return features.answered(call, scene.chance.choice(scene.phrases.refusals))
    return call


def _second_language(call: Call, scene: Scene) -> Call:
    return features.asked(call, scene.other_language.exchange())


def _mistyped(call: Call, scene: Scene) -> Call:
    position = scene.chance.randrange(1000)
    return features.prompted(call, lambda text: features.mistyped(text, position))


def _grown(call: Call, incident: Incident, scene: Scene) -> Call:
    return features.grown(call, incident.size, scene.route.ttft_ms[1] / 1000)


def _slowed(call: Call, incident: Incident, _: Scene) -> Call:
    return features.slowed(call, incident.size)


def _served(call: Call, incident: Incident, _: Scene) -> Call:
    return features.served(call, incident.to)


def _moved(call: Call, incident: Incident, scene: Scene) -> Call:
    return features.moved(call, incident.to) if scene.happens(incident.size) else call


Change = Callable[[Call, Incident, Scene], Call]

STRIKES: Mapping[str, Change] = {
    "hallucination": partial(_share, _unsupported),
    "toxicity": partial(_share, _insulting),
    "prompt_drift": partial(_share, _unseen),
    "spend": _grown,
    "latency": _slowed,
    "model_changed": _served,
    "lifecycle": _moved,
    "unpriced": _moved,
    "error": partial(_share, _failed),
}
TEMPTATIONS: Mapping[str, Change] = {
    "typos": partial(_share, _mistyped),
    "second_language": partial(_share, _second_language),
}
