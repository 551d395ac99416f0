"""One route's calls, day by day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import numpy as np

from services.demo import features
from services.demo.arrivals import Numbers, moments, numbers, wander
from services.demo.desks import Desk, Exchange, ForeignDesk, desk
from services.demo.features import Call
from services.demo.fleet import TENANT, Fleet, Route
from services.demo.incidents import FIRST_VERSION, Incident, Plan
from services.demo.questions import LETTERS
from services.demo.samples import Samples
from services.demo.strike import Scene, strike, tempt, usual

DAY_S = 86_400.0
SIMULATED = "latency simulated; arrivals and tokens from the Azure trace"
USERS = 400
STORM_S = 480.0  # one prompt is tried again and again within the ten minutes of one retry cluster

Timed = tuple[float, bytes]


class Lane:
    """Makes the calls of one route; texts, numbers and chances are drawn apart from each other."""

    def __init__(self, plan: Plan, fleet: Fleet, samples: Samples, route: Route, number: int) -> None:
        self.plan, self.fleet, self.route, self.number = plan, fleet, route, number
        self.volume = plan.volumes[route.name]
        self.trace = samples.arrivals[route.trace]
        self.rhythm = fleet.rhythms[route.rhythm]
        self.incidents = [incident for incident in plan.incidents if route.name in incident.routes]
        self.traps = [trap for trap in plan.traps if route.name in trap.routes]
        self._slow = wander(24 * plan.days, self._numpy(0))
        self._names = self._random("names")
        self._scene = self._set(samples)
        self._changes = [
            (datetime.fromisoformat(change["at"]), change["to"])
            for change in plan.changes
            if change["route"] == route.name
        ]

    def day(self, day: int) -> list[Timed]:
        """Return the calls of one day, each with its second; days are taken in order."""
        start = self.plan.start + timedelta(days=day)
        drawn = self._numpy(1 + day)
        calls = self.volume * self.rhythm.factor(start.weekday())
        at_s = moments(self.trace, self.rhythm, calls, drawn, self._rush(start))
        slow = self._slow[24 * day : 24 * day + 24]
        many = numbers(self.route, self.trace, self.rhythm, at_s, slow=slow, draw=drawn)
        made = [line for nth in range(len(many)) for line in self._lines(start, many, nth)]
        return made + [
            line for trap in self.traps if trap.kind == "retries" for line in self._storm(trap, start)
        ]

    def _lines(self, start: datetime, many: Numbers, nth: int) -> Iterator[Timed]:
        second = float(many.at_s[nth])
        at = start + timedelta(seconds=second)
        whole = self._call(at, self._scene.desk.exchange(), many, nth)
        call = self._changed(usual(whole, self._scene), at)
        yield second, msgspec.json.encode(call)
        later = second + float(many.latency_ms[nth]) / 1000 + self._scene.chance.uniform(0.5, 3)
        if "error_type" in call and self._scene.happens(self.fleet.usual.retried) and later < DAY_S - 1:
            at = start + timedelta(seconds=later)
            second_try = features.again(whole, self._id(at), _stamp(at), attempt=2)
            yield later, msgspec.json.encode(self._changed(second_try, at))

    def _changed(self, call: Call, at: datetime) -> Call:
        for trap in self.traps:
            if trap.active(at):
                call = tempt(call, trap, self._scene)
        for incident in self.incidents:
            if incident.active(at):
                call = strike(call, incident, self._scene)
        return call

    def _storm(self, trap: Incident, start: datetime) -> Iterator[Timed]:
        """Yield one prompt tried again and again, in vain until the last try."""
        first = (trap.began - start).total_seconds()
        if not 0 <= first < DAY_S:
            return
        tries = int(trap.size)
        drawn = self._numpy(10_000)
        many = numbers(self.route, self.trace, self.rhythm, np.array([first]), slow=np.ones(24), draw=drawn)
        whole = self._call(trap.began, self._scene.desk.exchange(), many, 0)
        for nth in range(tries):
            at = trap.began + timedelta(seconds=STORM_S * nth / tries)
            call = features.again(whole, self._id(at), _stamp(at), attempt=nth + 1)
            if nth + 1 < tries:
                call = features.failed(call, "server_error", 400.0)
            yield (at - start).total_seconds(), msgspec.json.encode(features.arranged(call, trap.kind))

    def _rush(self, start: datetime) -> tuple[float, float, float] | None:
        """Return the part of this day that a trap fills with many more calls."""
        for trap in self.traps:
            if trap.kind == "volume" and trap.ended and trap.began.date() == start.date():
                return (
                    (trap.began - start).total_seconds(),
                    (trap.ended - start).total_seconds(),
                    trap.size,
                )
        return None

    def _call(self, at: datetime, exchange: Exchange, many: Numbers, nth: int) -> Call:
        route = self.route
        call: Call = {
            "event_id": self._id(at),
            "occurred_at": _stamp(at),
            "tenant": TENANT,
            "team": route.team,
            "app": route.team,
            "route": route.name,
            "environment": "production",
            "prompt_name": route.kind,
            "prompt_version": self._version(at),
            "user_hash": f"u{self._names.randrange(USERS):04x}",
            "conversation_id": f"c{self._names.getrandbits(64):016x}",
            "tags": {"simulated": SIMULATED},
            "provider": route.provider,
            "platform": route.platform,
            "request_model": route.model,
            "response_model": route.served or route.model,
            "request": {"stream": True},
            "response": exchange.response,
            "finish_reason": "stop",
            "latency_ms": round(float(many.latency_ms[nth]), 1),
            "ttft_ms": round(float(many.ttft_ms[nth]), 1),
            "usage": _usage(many, nth),
            "usage_source": "provider",
        }
        if exchange.context:
            call["context"] = [{"id": f"p{i}", "text": text} for i, text in enumerate(exchange.context, 1)]
        if exchange.system:
            call["messages"] = []
        else:
            call["prompt"] = ""
        return features.asked(call, exchange)

    def _version(self, at: datetime) -> str:
        made = [version for since, version in self._changes if since <= at]
        return made[-1] if made else f"v{FIRST_VERSION}"

    def _id(self, at: datetime) -> str:
        """Return a UUIDv7 of that time."""
        bits = self._names.getrandbits
        hexed = f"{int(at.timestamp() * 1000):012x}7{bits(12):03x}8{bits(60):015x}"
        return "-".join((hexed[:8], hexed[8:12], hexed[12:16], hexed[16:20], hexed[20:]))

    def _set(self, samples: Samples) -> Scene:
        def made(kind: str, apart: int) -> Desk:
            calls = self.volume * self.plan.days
            number = self.number + apart * len(LETTERS)
            draw = self._random(f"texts {apart}")
            return desk(kind, samples, number=number, calls=calls, draw=draw, topic=self.plan.topic)

        return Scene(
            route=self.route,
            usual=self.fleet.usual,
            phrases=samples.phrases,
            desk=made(self.route.kind, 0),
            unseen=made("unseen", 1),
            other_language=ForeignDesk(
                samples, number=self.number + 2 * len(LETTERS), calls=1, draw=self._random("texts 2")
            ),
            chance=self._random("chance"),
        )

    def _random(self, purpose: str) -> random.Random:
        return random.Random(f"{self.plan.seed} {self.route.name} {purpose}")  # noqa: S311 - the seed decides

    def _numpy(self, part: int) -> np.random.Generator:
        return np.random.default_rng([self.plan.seed, self.number, part])


def _usage(many: Numbers, nth: int) -> dict[str, int]:
    usage = {"input": int(many.input[nth]), "output": int(many.output[nth])}
    if many.cached[nth]:
        usage["cache_read"] = int(many.cached[nth])
    if many.reasoning[nth]:
        usage["reasoning"] = int(many.reasoning[nth])
    return usage


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
