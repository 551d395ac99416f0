"""How small a change is found, how fast, at which volume; and how silent the monitors are without one.

    python -m bench.detectability [--json] [--full]

With --full 9 seeds a cell instead of 3 and 10 fleets without change instead of 2, written to
docs/detectability.md. Made-up traffic (detectors/monitors/testing.py): rhythm, wander and retries.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import emit, options
from detectors.monitors.all import monitors
from detectors.monitors.base import Leaf, Monitor, Observations, SignalName
from detectors.monitors.change import ChangeMonitor
from detectors.monitors.drift import DriftMonitor
from detectors.monitors.level import LevelMonitor
from detectors.monitors.page_budget import SEVERITY, page_budget
from detectors.monitors.rate import RateMonitor
from detectors.monitors.testing import MONDAY, Shift, Stream, Weather, cut, simulate

MONTHS = 300.0  # one false page a month over 300 monitors
REFERENCE_DAYS = 14
CHANGE_DAY = 16.4
AFTER_DAYS = 10
VOLUMES = (50, 100, 200, 300, 500, 900)
NEVER = float("inf")
PAGE = Path(__file__).parents[1] / "docs" / "detectability.md"


@dataclass(frozen=True)
class Effect:
    """An arranged change and the monitor that should find it."""

    signal: SignalName
    words: str
    column: str
    to: float
    make: Callable[[], Monitor]


def promise(signal: SignalName, series: int) -> float:
    """Return what 300 monitors and one false page a month ask of each; information has its own budget."""
    return page_budget()(signal, series) if SEVERITY[signal] == "info" else MONTHS


EFFECTS = (
    Effect("error", "errors 1 → 60 %", "error", 0.6, lambda: RateMonitor(promise)),
    Effect("error", "errors 1 → 5 %", "error", 0.05, lambda: RateMonitor(promise)),
    Effect(
        "hallucination", "unsupported answers 5 → 35 %", "hallucinated", 0.35, lambda: RateMonitor(promise)
    ),
    Effect(
        "hallucination", "unsupported answers 5 → 15 %", "hallucinated", 0.15, lambda: RateMonitor(promise)
    ),
    Effect("toxicity", "toxic answers .5 → 5.5 %", "toxic_response", 0.055, lambda: RateMonitor(promise)),
    Effect("refusal", "refusals 3 → 15 %", "refused", 0.15, lambda: RateMonitor(promise)),
    Effect("latency", "latency x1.8", "latency_ms", 1.8, lambda: LevelMonitor(promise)),
    Effect("latency", "latency x1.3", "latency_ms", 1.3, lambda: LevelMonitor(promise)),
    Effect("tokens", "prompt tokens x2", "input_tokens", 2.0, lambda: LevelMonitor(promise)),
    Effect("spend", "spend per call x2", "cost_usd", 2.0, lambda: LevelMonitor(promise)),
    Effect("model_changed", "served model replaced", "served", 1.0, lambda: ChangeMonitor(promise)),
    Effect(
        "prompt_drift",
        "half of the prompts from an unseen topic",
        "prompt_topic",
        0.5,
        lambda: DriftMonitor(promise),
    ),
    Effect("prompt_drift", "a tenth of the prompts", "prompt_topic", 0.1, lambda: DriftMonitor(promise)),
)


def delays(effect: Effect, calls_per_day: float, seeds: int) -> list[float]:
    """Return the hours from change to signal, one per seed; each seed is a tenant of its own."""
    shift = Shift(effect.column, effect.to, CHANGE_DAY)
    streams = [
        Stream(Leaf(f"t{seed}", "openai", "support", "gpt-5.4"), "", calls_per_day, shifts=(shift,))
        for seed in range(seeds)
    ]
    days = int(CHANGE_DAY) + AFTER_DAYS
    observations = simulate(streams, days, seed=int(calls_per_day), weather=Weather(retries=0.1))
    monitor, found = effect.make(), dict.fromkeys((stream.leaf.tenant for stream in streams), NEVER)
    change = MONDAY + CHANGE_DAY * 1440
    for day in range(days):
        for signal in monitor.update(_day(observations, day)):
            tenant, late = signal.series.tenant, (signal.minute - change) / 60
            if signal.signal == effect.signal and signal.state == "raised" and late >= 0:
                found[tenant] = min(found[tenant], late)
        if max(found.values()) < NEVER:
            break
    return list(found.values())


def null(seed: int) -> Counter[str]:
    """Return the signals by severity of 28 days in which nothing happens."""
    observations = simulate(fleet(), 28, seed, Weather(rhythm=2 + 2 * (seed % 2), wander=0.2, retries=0.2))
    raised: Counter[str] = Counter()
    watching = monitors()
    for day in range(28):
        for monitor in watching:
            found = monitor.update(_day(observations, day))
            raised.update(SEVERITY[signal.signal] for signal in found if signal.state == "raised")
    return raised


def fleet() -> list[Stream]:
    """Return three teams, nine routes, six models on four platforms."""
    leaves = [
        ("support", "openai", "support/answers", "gpt-5.4", 600),
        ("support", "azure", "support/answers", "gpt-5.4", 200),
        ("support", "openai", "support/mail", "gpt-5.4-mini", 300),
        ("support", "anthropic", "support/faq", "claude-sonnet-4-5", 500),
        ("shop", "openai", "shop/search", "gpt-5.4-mini", 900),
        ("shop", "google", "shop/describe", "gemini-2.5-flash", 400),
        ("shop", "anthropic", "shop/chat", "claude-sonnet-4-5", 300),
        ("law", "azure", "law/review", "gpt-5.4", 150),
        ("law", "anthropic", "law/draft", "claude-opus-4-5", 250),
        ("law", "google", "law/scan", "gemini-2.5-pro", 200),
    ]
    return [Stream(Leaf("default", p, route, model), team, n) for team, p, route, model, n in leaves]


def _day(observations: Observations, day: int) -> Observations:
    return cut(observations, MONDAY + day * 1440, MONDAY + (day + 1) * 1440)


def table(seeds: int, volumes: Sequence[int]) -> list[dict[str, object]]:
    """Return median delays in hours by effect and volume; None where half of the seeds found nothing."""
    rows: list[dict[str, object]] = []
    for effect in EFFECTS:
        cells: dict[str, object] = {}
        for volume in volumes:
            middle = statistics.median_low(delays(effect, volume, seeds))
            cells[str(volume)] = round(middle, 2) if middle < NEVER else None
        rows.append({"signal": effect.signal, "effect": effect.words, "median_delay_h": cells})
    return rows


def page(
    rows: Sequence[dict[str, object]], nulls: Sequence[Counter[str]], volumes: Sequence[int], seeds: int
) -> str:
    """Return the table as the page docs/detectability.md."""
    head = "| change | " + " | ".join(f"{volume:,}" for volume in volumes) + " |"
    lines = [
        "# What can be found, and how fast",
        "",
        "Median time from change to signal by calls a day of the affected route, at one false page a",
        f"month over 300 monitors, {REFERENCE_DAYS} days of reference, {seeds} seeds a cell",
        "(`python -m bench.detectability --full`). Made-up traffic with a sevenfold daily swing, rhythm of",
        "the rates (odds 2), wander (sd .15 of the hourly log-odds) and 10 % retries. `-`: not within 10",
        "days by half of the seeds. Ten minutes of each figure are the wait for a parent to claim it.",
        "",
        head,
        "|---|" + "---|" * len(volumes),
    ]
    for row in rows:
        cells = row["median_delay_h"]
        assert isinstance(cells, dict)
        lines.append(f"| {row['effect']} | " + " | ".join(_hours(cells[str(v)]) for v in volumes) + " |")
    total = sum(nulls, Counter[str]())
    lines += [
        "",
        f"**Nothing happens**: {len(nulls)} fleets of 3 teams and 9 routes, 28 days each, wander sd .2, 20 %",
        f"retries: pages {total['page']}, tickets {total['ticket']}, information {total['info']} in all.",
        "",
        "A change smaller than these needs more traffic or more time; the platform and the fleet, which sum",
        "their routes, then see it first. Real traffic wanders in its own ways: the wander of each series is",
        "measured and its margin widened by it, so a restless series is found later than here.",
    ]
    return "\n".join(lines) + "\n"


def _hours(delay: float | None) -> str:
    if delay is None:
        return "-"
    return f"{delay * 60:.0f} min" if delay < 2 else f"{delay:.0f} h" if delay < 72 else f"{delay / 24:.1f} d"


def main() -> None:
    """Print the table, or JSON; the whole of it is also written down."""
    chosen = options(__doc__ or "")
    seeds, fleets = (9, 10) if chosen.full else (3, 2)
    rows = table(seeds, VOLUMES)
    nulls = [null(seed) for seed in range(fleets)]
    text = page(rows, nulls, VOLUMES, seeds)
    if chosen.full:
        PAGE.write_text(text, encoding="utf-8")
    pages = sum(found["page"] for found in nulls)
    if not chosen.json:
        print(text)
        return
    quiet = [{"fleet": number, **found} for number, found in enumerate(nulls)]
    emit("detectability", float(pages), "false pages", n=fleets, rows=[*rows, *quiet])


if __name__ == "__main__":
    main()
