"""Tokens of a call, in our one convention: input includes what the cache had, output includes reasoning.

OpenTelemetry, OpenInference and OpenLLMetry count so; what Anthropic's API itself says, and what some pass on
unchanged, counts what came from and went into the cache beside the input. Which of the two a source means its
own numbers tell, never another's, and where it was the second, the event says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from stream.otlp.inclusive import CACHE, Counts, inclusive
from stream.otlp.names import COST, COST_OBJECTS, TOKENS, USAGE_OBJECTS
from stream.otlp.span import Attributes
from stream.otlp.usage_details import provider_usage, usage_details
from stream.otlp.values import count, first, json_object, number, python_object

CONVENTION = "usage_convention"  # in `extra`, where a producer's is not ours
EXCLUSIVE = "exclusive"

_PROVIDER_METADATA = "ai.response.providerMetadata"  # of the AI SDK: what the provider itself answered

_LANGFUSE = USAGE_OBJECTS[0]
_PARTS = (*CACHE, "reasoning", "audio_input", "audio_output")
_WRITES = frozenset({"cache_write_5m", "cache_write_1h"})


class _Source(NamedTuple):
    """Inclusive counts of one who tells, and whether they were not before."""

    counts: Counts
    beside: bool


def usage(attributes: Attributes) -> tuple[Counts, str]:
    """Return the counts of the contract, and the convention where it was another; ({}, "") without any.

    >>> usage({"gen_ai.usage.input_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 90})
    ({'input': 100, 'cache_read': 90}, 'exclusive')
    """
    sources = list(_sources(attributes))
    into, out = _teller(sources, "input", CACHE), _teller(sources, "output", ("reasoning",))
    if not into.counts.get("input") and not out.counts.get("output"):
        return {}, ""  # nobody calls a model with nothing: 0 means that it was not known
    parts = _parts(source.counts for source in sources)
    sides: Counts = {}
    if "input" in into.counts or parts.keys() & set(CACHE):
        sides["input"] = into.counts.get("input", 0)
    if "output" in out.counts or "reasoning" in parts:
        sides["output"] = out.counts.get("output", 0)
    found, raised = inclusive(sides | parts)
    return found, EXCLUSIVE if raised or into.beside or out.beside else ""


def _sources(attributes: Attributes) -> Iterator[_Source]:
    """Return what each of those says who tell, the provider itself first."""
    if native := _native(json_object(attributes.get(_PROVIDER_METADATA))):
        yield _Source(*inclusive(native, beside=True))
    own = {name: n for name, names in TOKENS.items() if (n := count(first(attributes, names))) is not None}
    yield _Source(*inclusive(own))
    for name in USAGE_OBJECTS:
        if told := json_object(attributes.get(name)) or python_object(attributes.get(name)):
            buckets = name == _LANGFUSE or "input" in told or "output" in told
            yield _Source(*(usage_details if buckets else provider_usage)(told))


def _teller(sources: Sequence[_Source], side: str, parts: Sequence[str]) -> _Source:
    """Return the first that tells a side and its parts, else the first that tells the side."""
    telling = [source for source in sources if source.counts.get(side)]
    telling += [source for source in sources if source.counts.get(side) == 0]
    whole = (source for source in telling if any(source.counts.get(part) for part in parts))
    return next(chain(whole, telling), _Source({}, beside=False))


def _parts(told: Iterable[Counts]) -> Counts:
    """Return each part as the first says it who does; how long the cache keeps, one says for both times."""
    found: Counts = {}
    for counts in told:
        names = _PARTS if not _WRITES & found.keys() else [name for name in _PARTS if name not in _WRITES]
        found = {name: counts[name] for name in names if counts.get(name)} | found
    return found


def cost_usd(attributes: Attributes) -> float | None:
    """Return what the producer says a call cost."""
    cost = number(first(attributes, COST))
    for name, keys in COST_OBJECTS.items():
        if cost is None:
            cost = number(first(json_object(attributes.get(name)), keys))
    return cost


def _native(metadata: dict[str, Any]) -> Counts:
    """Return what the AI SDK passes on of Anthropic's own usage; only there the two cache times are apart."""
    told = metadata.get("anthropic")
    usage = told.get("usage") if isinstance(told, dict) else None
    if not isinstance(usage, dict):
        return {}
    split = usage.get("cache_creation")
    times = split if isinstance(split, dict) else {}
    given = {
        "input": usage.get("input_tokens"),
        "cache_read": usage.get("cache_read_input_tokens"),
        "cache_write": usage.get("cache_creation_input_tokens"),
        "cache_write_5m": times.get("ephemeral_5m_input_tokens"),
        "cache_write_1h": times.get("ephemeral_1h_input_tokens"),
    }
    return {name: value for name, told in given.items() if (value := count(told))}
