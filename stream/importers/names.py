"""The names of the formats; alone, so that a command's help need not load them."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["fmwatch", "langfuse", "litellm", "openai-batch", "otlp-json"]
FORMATS: tuple[Format, ...] = get_args(Format)
