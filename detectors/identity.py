"""What a model name means: one spelling for one model, and the family it belongs to.

The same model is called `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-sonnet-4-5@20250929` or
`anthropic/claude-sonnet-4.5-20250929`. `l1` gives these one spelling and may carry every fact (price, status,
limits). `family` also drops the snapshot's date; prices and lifecycles differ inside a family, so it carries
neither.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MAKERS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|mistralai|moonshot|moonshotai"
    "|nvidia|openai|qwen|stability|twelvelabs|writer|xai|zai"
)
_REGION = re.compile(r"^(?:us-gov|us|eu|apac|jp|au|ca|sa|global)\.")
_MAKER = re.compile(rf"^(?:{_MAKERS})\.(?=[a-z])")
_COMPACT_DATE = re.compile(r"(?<!\d)(20[12]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_CLAUDE_VERSION = re.compile(r"^claude-(instant-)?v(\d)(?::(\d))?(?=$|[-:])")
_DOTTED = re.compile(r"(?<=\d)\.(?=\d)")
_BEDROCK_CONTEXT = re.compile(r":\d+k$")
_BEDROCK_DATED = re.compile(r"(?<=\d{4}-\d\d-\d\d)-v\d+(?::\d+)?$")
_CLAUDE_REVISION = re.compile(r"(?<=-\d)-v\d$")
_BEDROCK_REVISION = re.compile(r"(?:-v1)?:0$")
_MINOR = re.compile(r"(?<=v\d):(?=\d$)")

_DATE = r"(?:20[12]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
_SHORT_DATE = r"(?:(?:0[1-9]|1[0-2])-20[12]\d|(?<=preview-)(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
_MMDD = r"(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
_YYMM = r"(?:2\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)"
_SNAPSHOT = re.compile(rf"-(?:{_DATE}|{_SHORT_DATE}|{_MMDD}|{_YYMM}|latest)(?=$|-)")
_GEMINI_REVISION = re.compile(r"^(gemini-.*)-00\d$")


@lru_cache(maxsize=65_536)
def l1(model: str) -> str:
    """Return the one spelling of a model's name, its date included.

    >>> l1("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    'claude-sonnet-4-5-2025-09-29'
    >>> l1("publishers/google/models/gemini-2.5-flash")
    'gemini-2.5-flash'
    """
    name = model.strip().lower()
    if name.startswith("ft:"):
        return _one_date(name)
    name = name.rstrip("/").rsplit("/", 1)[-1].replace("@default", "").replace("@", "-")
    name = _MAKER.sub("", _REGION.sub("", name)).removesuffix(":free")
    name = _one_date(_BEDROCK_CONTEXT.sub("", name)).replace("gpt-35", "gpt-3.5")
    if name.startswith("claude"):
        name = _DOTTED.sub("-", _CLAUDE_REVISION.sub("", _CLAUDE_VERSION.sub(_claude, name)))
    name = _BEDROCK_REVISION.sub("", _BEDROCK_DATED.sub("", name))
    return _MINOR.sub(".", name)


@lru_cache(maxsize=65_536)
def family(model: str) -> str:
    """Return the name without snapshot dates; it never carries a price or a status.

    >>> family("azure/gpt-4o-2024-08-06"), family("mistral-large-2411"), family("gemini-2.0-flash-001")
    ('gpt-4o', 'mistral-large', 'gemini-2.0-flash')
    """
    name = l1(model)
    if name.startswith("ft:"):
        name = name.split(":")[1]
    return _GEMINI_REVISION.sub(r"\1", _SNAPSHOT.sub("", name))


def _one_date(name: str) -> str:
    return _COMPACT_DATE.sub(r"\1-\2-\3", name)


def _claude(match: re.Match[str]) -> str:
    line, major, minor = match.group(1) or "", match.group(2), match.group(3)
    return f"claude-{line}{major}" + (f"-{minor}" if minor and minor != "0" else "")
