"""What the commands print about dead letters; every text from outside is made harmless first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from rich.cells import cell_len, set_cell_size

from services.wording.words import clip, one_line

Document = Mapping[str, Any]

OUTCOMES = {"stored": "stored since", "refused": "refused again"}
KEPT = {
    "whole": "whole",
    "cut": "cut at 64 KiB",
    "not_kept": "its bytes were not kept as they were",
}
_SAYS_AT_LEAST = 24
_FIELD, _SAYS = 2, 4  # columns
_FIELD_AT_MOST = 24
_GAP = "  "
_MINUTES = 16  # characters of a time without its seconds


def listing(document: Document, width: int, data: Path) -> Iterator[str]:
    """Yield a table of letters, how many there are of each reason, and what to do next.

    Parameters
    ----------
    width : of the screen, in characters
    data : where the letters are, for what to do next
    """
    letters: Sequence[Document] = document["dead_letters"]
    yield from _table([_cells(letter) for letter in letters], width)
    reasons: Mapping[str, int] = document["reasons"]
    yield ""
    yield f"{_letters(document['total'])}: {_counts(reasons)}"
    if len(letters) < document["total"]:
        yield f"Only the newest {len(letters):,} are shown; --limit shows more."
    stored = sum(document["stored_since"].values())
    if stored:
        yield f"{stored:,} of them a replay has stored since."
    yield ""
    yield f"Next  {_command('show ' + clip(letters[0]['id']), data)}"
    yield "        everything about one of them"
    if stored < document["total"]:
        yield from _replays(document, data)


def _replays(document: Document, data: Path) -> Iterator[str]:
    yield f"      {_command('replay --dry-run', data)}"
    yield "        what this version can read of them; without --dry-run it is stored"
    clock = "clock_out_of_range"
    if document["reasons"].get(clock, 0) > document["stored_since"].get(clock, 0):
        yield f"      {_command(f'replay --reason {clock} --restamp', data)}"
        yield "        takes those whose clock was wrong, as of when they were received"


def nothing(document: Document) -> str:
    """Return what to say where no letter is meant; the document is of all letters there are."""
    if not document["total"]:
        return "No dead letters: everything that was sent could be read."
    newest = _moment(document["newest_at"])
    return f"No dead letters match; there are {document['total']:,} in all, the newest of {newest}."


def _cells(letter: Document) -> list[str]:
    return [
        _moment(letter["at"])[:_MINUTES],
        _words(letter["reason"]),
        clip(letter["field"]),
        OUTCOMES.get(letter["outcome"] or "", ""),
        clip(letter["message"]),
        clip(letter["id"]),
    ]


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Lay out the rows in columns: what it says takes the room that is left, the id is never cut."""
    heads = ["refused (UTC)", "reason", "field", "now", "what it says", "id"]
    widths = _widths([max(map(cell_len, column)) for column in zip(*rows, strict=True)], heads, width)
    for row in (heads, *rows):
        yield _GAP.join(_fit(cell, n) for cell, n in zip(row, widths, strict=True) if n).rstrip()


def _widths(used: Sequence[int], heads: Sequence[str], width: int) -> list[int]:
    """Return how wide each column is: an empty one goes, on a narrow screen the field as well."""
    widths = [max(cell_len(head), n) if n else 0 for head, n in zip(heads, used, strict=True)]
    widths[_FIELD] = min(widths[_FIELD], _FIELD_AT_MOST)
    if width - _beside(widths) < _SAYS_AT_LEAST:
        widths[_FIELD] = 0
    widths[_SAYS] = min(widths[_SAYS], max(_SAYS_AT_LEAST, width - _beside(widths)))
    return widths


def _beside(widths: Sequence[int]) -> int:
    """Return how much room everything takes but what the letter says."""
    return sum(widths) - widths[_SAYS] + len(_GAP) * (sum(map(bool, widths)) - 1)


def _fit(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def letter(document: Document) -> Iterator[str]:
    """Yield everything about one letter; its original last, on one line."""
    first = document["first_refusal"]
    place = f"partition {document['partition']}, offset {document['offset']}, line {document['line']}"
    yield one_line(document["id"])
    yield from _row("refused at", _moment(document["at"]))
    yield from _row("reason", _why(first))
    yield from _row("what it says", one_line(first["message"]))
    yield from _row("tenant", one_line(document["tenant"]))
    yield from _row("came from", f"{document['topic']}, {place}")
    if document["outcome"]:
        yield from _row("replayed at", f"{_moment(document['replayed_at'])}, {OUTCOMES[document['outcome']]}")
    if {name: document[name] for name in first} != first:
        yield from _row("reason now", _why(document))
        yield from _row("it says now", one_line(document["message"]))
    cannot = "" if document["kept"] == "whole" else ": it cannot be replayed"
    yield from _row("original", f"{document['original_bytes']:,} bytes, {KEPT[document['kept']]}{cannot}")
    yield from _row("SHA-256", document["sha256"] or "unknown")
    yield ""
    yield escaped(document["original"])


def _row(name: str, value: str) -> Iterator[str]:
    yield f"  {name:<14}{value}"


def _why(refusal: Document) -> str:
    field = one_line(refusal["field"])
    return _words(refusal["reason"]) + (f", in the field {field}" if field else "")


def replayed(document: Document, data: Path) -> Iterator[str]:
    """Yield what a replay did, or would do, and what to do about the rest."""
    if document["taken"] or document["left"]:
        yield _sum(document)
    elif not document["not_replayable"] and not document["stored_before"]:
        yield "There is nothing to replay."
    for reason, n in document["refused"].items():
        yield f"  refused again: {n:,} {_words(reason)}"
    if document["restamped"]:
        yield f"  restamped: {document['restamped']:,} got the time at which they were received"
    for kept, n in document["not_replayable"].items():
        yield f"  not replayable: {n:,} whose original is {KEPT[kept]}"
    if document["stored_before"]:
        yield f"  left alone: {document['stored_before']:,} that an earlier replay has stored"
    if document["left"]:
        yield f"  not handed in yet: {document['left']:,}"
    yield from _after(document, data)


def _sum(document: Document) -> str:
    dry = document["dry_run"]
    waiting = f" + waiting {document['waiting']:,}" if document["waiting"] else ""
    return (
        f"{'would store' if dry else 'stored'} {document['stored']:,} + duplicates {document['duplicates']:,}"
        f" + {'would refuse' if dry else 'refused'} again {sum(document['refused'].values()):,}{waiting}"
        f" = {_letters(document['taken'])}{'' if dry else ' handed in'}"
    )


def _after(document: Document, data: Path) -> Iterator[str]:
    if document["waiting"] or document["left"]:
        yield "Next  the same again later: the server has not come to all of them yet"
    elif "clock_out_of_range" in document["refused"]:
        yield "Next  the same with --restamp takes those whose clock was wrong, as of when they were received"
    elif document["refused"]:
        yield f"Next  {_command('list', data)}   says why; they stay until a version can read them"


def escaped(text: str) -> str:
    r"""Return a text in which everything that a terminal could obey, or that hides text, can be seen.

    >>> escaped("\x1b[2J\u202e\n")
    '\\x1b[2J\\u202e\\n'
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def _command(words: str, data: Path) -> str:
    return f"fmwatch dead-letters {words} --data {one_line(quote(str(data)))}"


def _letters(n: int) -> str:
    return f"{n:,} dead letter{'' if n == 1 else 's'}"


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {_words(reason)}" for reason, n in reasons.items())


def _words(reason: str) -> str:
    return one_line(reason).replace("_", " ")


def _moment(stamp: str) -> str:
    return stamp.replace("T", " ")
