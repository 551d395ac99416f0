"""Take personal data and secrets out of a text, and count what was taken.

One implementation for the client, the border before the log and the privacy scorer. Patterns with a check
(Luhn for cards, mod 97 for IBANs), not a language model: cheap enough for every text, blind to names and
addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Dict, List, Match, Pattern, Sequence, Tuple

KINDS = ("card", "email", "iban", "ip", "phone", "secret", "ssn")
DEFAULT_KINDS = (
    "email",
    "phone",
    "card",
    "secret",
)  # taken out before the log unless somebody says otherwise

# For the glance at a text. A secret is long and has no space in it; few words are that long.
_RUNS = (
    bytes(ord("a") if chr(c).isalnum() or chr(c) in "_-/+.=" else ord(" ") for c in range(128)) + b" " * 128
)
_RUN = b"a" * 16
_LEAD = 32  # characters before a run that may say what it is: a name, quotes, spaces
# For numbers every digit becomes 0. Seven are the fewest that any kind accepts, four dotted ones apart.
_DIGITS = bytes.maketrans(b"0123456789", b"0" * 10)
_NUMBER = re.compile(rb"0(?:[ .()/+-]*0){6}|0\.0{1,3}\.0{1,3}\.0")


@dataclass(frozen=True)
class _Shape:
    """What one kind looks like: a word that must occur, the pattern, and a check of each match."""

    kind: str
    marker: str  # "" means: a number of some length must occur
    pattern: Pattern[str]
    accept: Callable[[str], bool]


def luhn(number: str) -> bool:
    """Tell whether the digits of a text satisfy the checksum of payment cards.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    total = 0
    for place, character in enumerate(reversed([c for c in number if c.isdigit()])):
        digit = int(character)
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2  # noqa: PLR2004 - the algorithm's own number
        total += digit
    return total % 10 == 0


def _card(text: str) -> bool:
    return 13 <= sum(c.isdigit() for c in text) <= 19 and luhn(text)  # noqa: PLR2004 - lengths of ISO 7812


def _iban(text: str) -> bool:
    compact = text.replace(" ", "")
    rearranged = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1


def _phone(text: str) -> bool:
    return 8 <= sum(c.isdigit() for c in text) <= 15  # noqa: PLR2004 - E.164


def _mixed(text: str) -> bool:
    """A value after `password =` counts only if it looks made, not written."""
    value = re.split(r"[:=\s\"']+", text)[-1]
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _always(_: str) -> bool:
    return True


def _secret(marker: str, pattern: str, accept: Callable[[str], bool] = _always) -> _Shape:
    return _Shape("secret", marker, re.compile(pattern), accept)


# No word goes on here; but the n of an escaped line end, as in JSON inside a text, is no word.
_START = r"(?<!(?<!\\)\w)"


def _begins(first: str, after: str = r"\w") -> str:
    """Match a first character that follows none of `after`; looked at second, it lets a search skip ahead."""
    return rf"{first}(?<!(?<!\\)[{after}].)"


def _token(marker: str, pattern: str, accept: Callable[[str], bool] = _always) -> _Shape:
    return _secret(marker, _START + pattern, accept)


# Words in front of a secret, as code and configuration write them; one literal each, for speed.
_NAMES = (
    *("api_key", "api-key", "apikey", "apiKey", "API_KEY", "API-KEY", "APIKEY", "Api-Key"),
    *("secret", "Secret", "SECRET", "token", "Token", "TOKEN"),
    *("password", "Password", "PASSWORD", "passwd"),
)
_VALUE = r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?[A-Za-z0-9_\-/+.]{16,256}"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_FIRST_OCTET = _begins("[0-9]", r"\w.") + r"(?:(?<=2)5[0-5]|(?<=2)[0-4][0-9]|(?<=1)[0-9][0-9]|[0-9]?)"

# The whole of a private key, with the lines about its encryption; also one that was cut at the end of a text.
_KEY = _secret(
    "-----BEGIN ",
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:"
    r"(?:[^-]|-(?!----)){1,16384}-----END [A-Z ]{0,40}-----|(?:[A-Za-z0-9+/=\s\\:,]|-(?!----)){1,16384}\Z)?",
)

# The order matters: a longer, surer kind first, so that a card is not half a phone number.
_SHAPES = (
    _KEY,
    _token("sk-", r"sk-[A-Za-z0-9_-]{20,256}"),
    _token("k_live_", r"[srp]k_live_[A-Za-z0-9]{16,256}"),
    _token("AKIA", r"AKIA[0-9A-Z]{16}\b"),
    _token("ASIA", r"ASIA[0-9A-Z]{16}\b"),
    *(_token(f"gh{kind}_", rf"gh{kind}_[A-Za-z0-9]{{30,255}}") for kind in "pousr"),
    _token("github_pat_", r"github_pat_[A-Za-z0-9_]{22,255}"),
    _token("glpat-", r"glpat-[A-Za-z0-9_-]{20,64}"),
    _token("xox", r"xox[abeprs]-[A-Za-z0-9-]{11,256}"),
    _token("AIza", r"AIza[0-9A-Za-z_-]{35}"),
    _token("hf_", r"hf_[A-Za-z0-9]{30,64}"),
    _token("npm_", r"npm_[A-Za-z0-9]{36}\b"),
    _token("SG.", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
    _token("eyJ", r"eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,1024}"),
    _token("earer ", r"[Bb]earer [A-Za-z0-9_\-.=+/]{20,1024}", _mixed),
    *(_secret(name, re.escape(name) + _VALUE, _mixed) for name in _NAMES),
    _Shape(
        "email",
        "@",
        re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
        _always,
    ),
    _Shape(
        "iban",
        "",
        re.compile(_begins("[A-Z]") + r"[A-Z][0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        _iban,
    ),
    _Shape("card", "", re.compile(_begins("[2-6]", r"\w.-") + r"(?:[ -]?[0-9]){12,18}(?![\w-])"), _card),
    _Shape(
        "ssn",
        "",
        re.compile(
            _begins("[0-8]", r"\w-")
            + r"(?!(?<=0)00|(?<=6)66)[0-9]{2}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])"
        ),
        _always,
    ),
    _Shape("ip", "", re.compile(rf"{_FIRST_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\w)"), _always),
    _Shape(
        "phone",
        "",
        re.compile(
            _begins("[+(0-9]", r"\w.+-") + r"(?<![0-9] .)(?:"
            r"(?<=\+)[1-9](?:[ ./-]?\(?[0-9]\)?){7,14}"  # with a country
            r"|(?<=\()0?[0-9]{2,5}\)[ -]?[0-9]{3,4}[ .-]?[0-9]{3,5}"  # (area) number
            r"|(?:(?<=[2-9])|(?<=1)[ .-][2-9])[0-9]{2}[ .-][2-9][0-9]{2}[ .-][0-9]{4}"  # North America
            r"|(?<=0)[1-9][0-9]{1,4}[ /-][0-9]{3,4}(?:[ -]?[0-9]{2,4}){1,2}"  # national, with the trunk zero
            r")(?![\w-])"
        ),
        _phone,
    ),
)


class Redactor:
    """Replaces what it finds by the kind in brackets, e.g. `[email]`.

    Parameters
    ----------
    kinds : any of card, email, iban, ip, phone, secret, ssn; none means: leave every text alone

    Raises
    ------
    ValueError : a kind is not known; the message names those that are

    >>> Redactor(["email"]).text("write to ana@example.org")
    ('write to [email]', {'email': 1})
    """

    def __init__(self, kinds: Sequence[str] = KINDS) -> None:
        unknown = sorted(set(kinds) - set(KINDS))
        if unknown:
            raise ValueError(f"cannot redact {', '.join(unknown)}: the kinds are {', '.join(KINDS)}")
        self.kinds = tuple(kinds)
        chosen = [shape for shape in _SHAPES if shape.kind in kinds]
        self._keys = tuple(shape for shape in chosen if shape is _KEY)
        self._secrets = tuple(shape for shape in chosen if shape.kind == "secret" and shape is not _KEY)
        self._numbers = tuple(shape for shape in chosen if not shape.marker)
        self._others = tuple(shape for shape in chosen if shape.marker and shape.kind != "secret")

    def text(self, text: str) -> Tuple[str, Dict[str, int]]:
        """Return the text without what was found, and how often each kind was; never raises."""
        found: Dict[str, int] = {}
        for shape in self._candidates(text):
            text = _replace(shape, text, found)
        return text, found

    def clean(self, text: str) -> bool:
        """Tell, by a glance, that nothing can be found; where it says no, `text` may still find nothing.

        What is clean when joined is clean in its parts, so many texts cost one glance.
        """
        return not self._candidates(text)

    def _candidates(self, text: str) -> List[_Shape]:
        """Rule out, by a glance at the text, every shape for nearly every text."""
        if len(text) < len(_RUN) and text.replace("_", "").isalpha():
            return []  # a name, as most keys are: too short for a secret, and no number in it
        glance = text.encode("ascii", "replace")
        shapes = [shape for shape in self._keys if shape.marker in text]
        if self._secrets and (near := _around_runs(text, glance.translate(_RUNS))):
            shapes.extend(shape for shape in self._secrets if shape.marker in near)
        shapes.extend(shape for shape in self._others if shape.marker in text)
        if self._numbers and _numbered(glance):
            shapes.extend(self._numbers)
        return shapes


def _around_runs(text: str, mapped: bytes) -> str:
    """Return the long runs of a text that could be secrets, with what stands before each; mostly nothing."""
    around: List[str] = []
    start = mapped.find(_RUN)
    while start >= 0:
        end = mapped.find(b" ", start) % (len(mapped) + 1)  # -1, no end, becomes the length
        around.append(text[max(0, start - _LEAD) : end])
        start = mapped.find(_RUN, end)
    return "\n".join(around)


def _numbered(glance: bytes) -> bool:
    """Tell whether a text holds a long enough number, or four dotted ones; at the speed of memory."""
    return _NUMBER.search(glance.translate(_DIGITS)) is not None


def _replace(shape: _Shape, text: str, found: Dict[str, int]) -> str:
    def swap(match: Match[str]) -> str:
        if not shape.accept(match.group()):
            return match.group()
        found[shape.kind] = found.get(shape.kind, 0) + 1
        return f"[{shape.kind}]"

    return shape.pattern.sub(swap, text)
