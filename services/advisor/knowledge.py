"""Until when a model knows the world: its maker's word holds on every platform that runs it.

A price or an end belongs to the seller; what a model was trained on does not. Hosts copy the date, and of the
ids that several of them date, almost half differ by over two months.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from detectors.identity import l1
from services.advisor.entry import Conflict, Entry, Fact

APART = timedelta(days=62)
_MAKERS = {
    "openai": ("gpt", "chatgpt", "o1", "o3", "o4", "text-davinci"),
    "anthropic": ("claude",),
    "gemini": ("gemini", "gemma"),
    "mistral": (
        "mistral",
        "ministral",
        "magistral",
        "codestral",
        "devstral",
        "pixtral",
        "open-mi",
        "voxtral",
    ),
    "cohere": ("command", "c4ai"),
    "deepseek": ("deepseek",),
    "xai": ("grok",),
    "alibaba": ("qwen", "qwq", "qvq"),
    "moonshot": ("kimi", "moonshot"),
    "minimax": ("minimax",),
    "zai": ("glm",),
    "xiaomi": ("mimo",),
}


def known_day(text: str) -> date | None:
    """Return the day, or the first of a month; None for neither.

    >>> known_day("2024-10"), known_day("2025-02-31")
    (datetime.date(2024, 10, 1), None)
    """
    try:
        return date.fromisoformat(f"{text}-01" if text.count("-") == 1 else text)
    except ValueError:
        return None


def cutoff(entry: Entry) -> date | None:
    """Return until when a model knows the world, the latest day that anybody says; None where nobody does."""
    said = [entry.knowledge.value] if entry.knowledge else []
    for conflict in entry.conflicts:
        said += [value for _, value in conflict.values] if conflict.fact == "knowledge" else []
    return max((day for value in said if (day := known_day(value))), default=None)


def shared(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries with their maker's date, and what hosts say otherwise as a conflict."""
    by_name: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_name[l1(entry.model)].append(entry)
    for name, same in by_name.items():
        maker = next((platform for platform, stems in _MAKERS.items() if name.startswith(stems)), "")
        yield from _agreed(maker, same)


def _agreed(maker: str, same: Sequence[Entry]) -> Iterator[Entry]:
    word = next((entry.knowledge for entry in same if entry.platform == maker and entry.knowledge), None)
    said = {entry.platform: entry.knowledge.value for entry in same if entry.knowledge}
    days = [day for value in said.values() if (day := known_day(value))]
    apart = bool(days) and max(days) - min(days) > APART
    for entry in same:
        if word is not None:
            yield _with(entry, word, maker)
        elif apart and entry.knowledge:
            values = tuple((platform, value) for platform, value in sorted(said.items()))
            yield _disputed(entry, values)
        else:
            yield entry


def _with(entry: Entry, word: Fact[str], maker: str) -> Entry:
    own = entry.knowledge
    one, two = known_day(word.value), known_day(own.value) if own else None
    found = msgspec.structs.replace(entry, knowledge=word)
    if own and one and two and abs(one - two) > APART:
        return _disputed(found, ((maker, word.value), (entry.platform, own.value)))
    return found


def _disputed(entry: Entry, values: tuple[tuple[str, str], ...]) -> Entry:
    return msgspec.structs.replace(entry, conflicts=(*entry.conflicts, Conflict("knowledge", values)))
