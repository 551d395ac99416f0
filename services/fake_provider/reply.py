"""What the provider answers next, whichever interface it is asked through."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks for; `arguments` is JSON."""

    name: str
    arguments: str = "{}"
    id: str = "call_1"


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens, counted as OpenAI does: `input` includes the cached ones, `output` those of reasoning."""

    input: int = 21
    output: int = 7
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer.

    Parameters
    ----------
    text : cut into words where it is streamed
    tool_calls : asked for beside the text
    model : that served; by default the one asked for
    finish : as OpenAI spells it: stop, length, tool_calls, content_filter
    status : other than 200 answers with an error of that kind
    retry_after_s : said with an error
    breaks_after : of a stream, how many pieces until the connection is cut
    """

    text: str = "The refund takes five days."
    tool_calls: tuple[ToolCall, ...] = ()
    spent: Spent = field(default_factory=Spent)
    model: str = ""
    finish: str = "stop"
    status: int = 200
    retry_after_s: float | None = None
    breaks_after: int | None = None

    def pieces(self) -> list[str]:
        """Return the text as a stream has it, word by word."""
        words = self.text.split(" ")
        return [word if index == 0 else f" {word}" for index, word in enumerate(words)]
