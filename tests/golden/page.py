"""docs/compatibility.md, made from the recordings: `python -m tests.golden.page > docs/compatibility.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.golden.aspects import ASPECTS, Aspect
from tests.golden.producer import Producer, producers

_INTRODUCTION = """\
# Which instrumentations are read, and what they carry

For each line below the real package was run against a provider of ours, whose answers and token counts are
known, and what it exported as OTLP is held in [`tests/golden`](../tests/golden). A test reads every recording
and compares each call with what truly took place: as many calls as were billed, the same tokens, the same
texts. This page is made from the same data by `python -m tests.golden.page`; `python -m tests.golden.record`
records again, `--newest` with the newest versions.

- **yes**: carried in every scenario that has it. **partly**, **no**: see the reasons under the table.
- **-**: not tried, because no scenario of this package has it.
- It is read as the gateway has it: traces alone. Content that a library writes to the log joins its call only
  where both are read together, as `fmwatch replay --format otlp-json` does.
- Where two libraries tell of one call (an SDK's own tracing and an instrumentation, a framework's span around
  the client's), it is one call.
"""
_COLUMNS: dict[str, tuple[str, ...]] = {  # of the page, and the aspects in each
    "provider": ("provider",),
    "model": ("model",),
    "served model": ("served model",),
    "tokens": ("tokens",),
    "cache": ("cache",),
    "reasoning": ("reasoning",),
    "content": ("prompt", "answer"),
    "finish": ("finish",),
    "errors": ("error",),
    "stream": ("stream",),
    "first token": ("first token",),
    "tool calls": ("tool calls",),
    "context": ("context",),
    "conversation": ("conversation",),
    "user": ("user",),
}


def page() -> str:
    """Return the page."""
    return "\n".join([_INTRODUCTION, *_table(), "", *_reasons(), *_scenarios()]) + "\n"


def _table() -> Iterator[str]:
    yield f"| package | version | recorded | {' | '.join(_COLUMNS)} |"
    yield f"|---|---|---|{'---|' * len(_COLUMNS)}"
    for producer in _ordered():
        told = producer.recorded
        cells = [_cell(producer, aspects) for aspects in _COLUMNS.values()]
        head = (f"[`{producer.package}`](#{producer.name})", _version(producer), told["recorded"])
        yield f"| {' | '.join([*head, *cells])} |"


def _ordered() -> list[Producer]:
    return sorted(producers(), key=lambda producer: (producer.package, producer.name))


def _version(producer: Producer) -> str:
    return str(producer.recorded["packages"][producer.package])


def _cell(producer: Producer, aspects: tuple[str, ...]) -> str:
    carried = [
        producer.claim(aspect.name, scenario) is None
        for aspect in ASPECTS
        if aspect.name in aspects
        for scenario in _tried(producer, aspect)
    ]
    if not carried:
        return "-"
    return "yes" if all(carried) else "partly" if any(carried) else "no"


def _tried(producer: Producer, aspect: Aspect) -> list[str]:
    """Return the scenarios of a producer in which there is something of this to tell."""
    return [
        scenario.name
        for scenario in producer.scenarios
        if any(aspect.true(call) for call in producer.expected(scenario))
    ]


def _reasons() -> Iterator[str]:
    yield "## How each was used, and what it does not carry"
    yield ""
    for producer in _ordered():
        yield f"### {producer.name}"
        yield f"`{producer.package}` {_version(producer)}: {producer.golden['says']}."
        switches = [f"`{name}={value}`" for name, value in producer.golden.get("environment", {}).items()]
        if switches := [one for one in switches if "{receiver}" not in one]:
            yield f"Environment: {', '.join(switches)}."
        others = {
            name: version
            for name, version in producer.recorded["packages"].items()
            if name != producer.package
            and not name.startswith(("opentelemetry-sdk", "opentelemetry-exporter"))
        }
        if others:
            yield f"With {', '.join(f'{name} {version}' for name, version in others.items())}."
        yield from _log(producer)
        if together := producer.golden.get("together"):
            yield f"**{together[0].upper()}{together[1:]}.**"
        yield from _claims(producer)
        yield ""


def _log(producer: Producer) -> Iterator[str]:
    if producer.golden.get("content_in_logs"):
        yield "Content is in the log, and joins its call only where both are read together."
    elif any("resourceLogs" in producer.recording(scenario.name) for scenario in producer.scenarios):
        yield (
            "It sends the content to the log once more, which the gateway does not take: set "
            "`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, so that only traces come."
        )


def _claims(producer: Producer) -> Iterator[str]:
    claims = producer.claims
    if claims:
        yield ""
    for claim in claims:
        where = f" ({', '.join(claim.scenarios)})" if claim.scenarios else ""
        told = f"says `{claim.told}`; " if claim.told is not None else ""
        yield f"- {claim.aspect}{where}: {told}{claim.why}"


def _scenarios() -> Iterator[str]:
    named = {scenario.name: scenario for producer in producers() for scenario in producer.scenarios}
    yield "## The scenarios"
    yield "| scenario | what happens |"
    yield "|---|---|"
    for name in sorted(named):
        yield f"| {name} | {named[name].says} |"


if __name__ == "__main__":
    sys.stdout.write(page())
