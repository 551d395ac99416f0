"""Words of strangers, made so that no receiver obeys them.

Everything in an alert that an event or a person wrote passes through one of these before a person's screen.
What prints nothing, or hides or turns text, is a space; what a chat or a mail reader would turn into a
mention or a link by itself gets a word joiner, which nobody sees, where that would begin.
"""

from __future__ import annotations

import re

from services.wording.words import one_line

JOINER = "\u2060"
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_SCHEME = re.compile(r"(?i):(?=//)|\b(?:callto|data|facetime|javascript|mailto|sip|skype|sms|tel|xmpp)(?=:)")
_WWW = re.compile(r"(?i)\bwww(?=\.)")
# A bare domain as in mail.example.com: it ends in letters. gpt-3.5-turbo and anthropic.claude-3 are none.
_DOMAIN = re.compile(r"(?i)(?<![\w.-])(?:[\w-]+\.)+[a-z]{2,24}(?![\w-]|\.[\w-])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})


def plain(text: str, limit: int) -> str:
    """Return one line without control, formatting or broken characters, at most `limit` characters long."""
    line = one_line(text[: limit + 1]).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def inert(text: str, limit: int) -> str:
    """Return plain text in which nothing becomes a mention or a link by itself."""
    line = plain(text, limit)
    line = _DOMAIN.sub(lambda found: found.group().replace(".", "." + JOINER), line)
    for pattern in (_MENTION, _SCHEME, _WWW):
        line = pattern.sub(lambda found: found.group() + JOINER, line)
    return line[:limit]


def bare(text: str, limit: int) -> str:
    """Return inert text without angle brackets, for where others mark it up in ways not known here."""
    return inert(text, limit).translate(_ANGLES)


def escaped(text: str, limit: int) -> str:
    """Return inert text as Slack wants it: &, < and > as entities, none cut in two; at most `limit` long."""
    pieces: list[str] = []
    room = limit
    for char in inert(text, limit):
        piece = _ENTITIES.get(char, char)
        room -= len(piece)
        if room < 0:
            break
        pieces.append(piece)
    return "".join(pieces)
