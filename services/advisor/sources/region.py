"""The region that a model's name begins with, as Bedrock's inference profiles do."""

from __future__ import annotations

import re

_REGION = re.compile(r"^(us-gov|us|eu|apac|jp|au|ca|sa)\.")


def region_in(name: str) -> str:
    """Return the region, or "".

    >>> region_in("eu.anthropic.claude-haiku-4-5-20251001-v1:0"), region_in("gpt-5.1")
    ('eu', '')
    """
    found = _REGION.match(name)
    return found[1] if found else ""
