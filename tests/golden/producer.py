"""A producer of telemetry: its driver, what the driver says of itself, and what was recorded."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.golden.scenarios import SCENARIOS, Expected, Fields, Scenario, Wire

HERE = Path(__file__).parent
_HEADER = re.compile(
    r"^(?:#|//) /// script$\n(?P<lines>(?:^(?:#|//)(?: .*)?$\n)+?)^(?:#|//) ///$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a producer does not say something, or says it otherwise: `told`, where it is not None."""

    aspect: str
    scenarios: tuple[str, ...]
    why: str
    told: str | None = None

    def holds(self, aspect: str, scenario: str) -> bool:
        """Tell whether it is about this; without scenarios it is about all."""
        return self.aspect == aspect and (not self.scenarios or scenario in self.scenarios)


@dataclass(frozen=True)
class Producer:
    """One folder of `tests/golden` with a driver: `driver.py` or `driver.mjs`.

    The driver's first lines are PEP 723's; `tool.golden` there says which package is shown (`package`), how
    it was used (`says`), `wire`, `scenarios`, and `environment`, which switches content on; `streams`, where
    it reads every answer piece by piece; `content_in_logs`; `together`, where a call has several spans that
    must come in one request, and why; and what of a call it does not say (`lacks`) or says otherwise than it
    was (`differs`): by `aspect` or `aspect@scenario,scenario`, with the reason.
    """

    name: str

    @property
    def folder(self) -> Path:
        """Return where everything of it stands."""
        return HERE / self.name

    @cached_property
    def driver(self) -> Path:
        """Return its driver."""
        (driver,) = self.folder.glob("driver.*")
        return driver

    @cached_property
    def header(self) -> Fields:
        """Return what the driver says of itself."""
        header = _HEADER.match(self.driver.read_text())
        if header is None:
            raise ValueError(f"{self.driver}: begin with the lines of PEP 723, `# /// script` to `# ///`")
        lines = re.sub(r"^(?:#|//) ?", "", header["lines"], flags=re.MULTILINE)
        return tomllib.loads(lines)

    @property
    def golden(self) -> Fields:
        """Return what is said for this corpus."""
        return dict(self.header["tool"]["golden"])

    @property
    def package(self) -> str:
        """Return the name of the package that is shown."""
        return str(self.golden["package"])

    @property
    def wire(self) -> Wire:
        """Return whose interface it speaks."""
        wires: dict[str, Wire] = {"openai": "openai", "anthropic": "anthropic", "google": "google"}
        return wires[self.golden["wire"]]

    @property
    def scenarios(self) -> list[Scenario]:
        """Return what it is recorded in."""
        return [SCENARIOS[name] for name in self.golden["scenarios"]]

    @property
    def claims(self) -> list[Claim]:
        """Return what it does not say, or says otherwise."""
        lacks = [Claim(*_parted(key), why) for key, why in self.golden.get("lacks", {}).items()]
        return lacks + [
            Claim(*_parted(key), claim["why"], claim["told"])
            for key, claim in self.golden.get("differs", {}).items()
        ]

    def claim(self, aspect: str, scenario: str) -> Claim | None:
        """Return the claim about an aspect of a scenario, if there is one."""
        return next((claim for claim in self.claims if claim.holds(aspect, scenario)), None)

    def expected(self, scenario: Scenario) -> list[Expected]:
        """Return the calls that took place in a scenario."""
        calls = scenario.expected(self.wire)
        return [replace(call, stream=True) for call in calls] if self.golden.get("streams") else calls

    @property
    def recorded(self) -> Fields:
        """Return when and with which versions it was recorded; empty before the first time."""
        path = self.folder / "producer.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def path(self, scenario: str) -> Path:
        """Return the file of a recording."""
        return self.folder / f"{scenario}.otlp.json"

    def recording(self, scenario: str) -> dict[str, Any]:
        """Return a recording: `resourceSpans`, `resourceLogs`."""
        return dict(json.loads(self.path(scenario).read_text()))


def _parted(key: str) -> tuple[str, tuple[str, ...]]:
    aspect, _, scenarios = key.partition("@")
    return aspect, tuple(filter(None, scenarios.split(",")))


def producers() -> list[Producer]:
    """Return all, by name."""
    return [Producer(driver.parent.name) for driver in sorted(HERE.glob("*/driver.*"))]
