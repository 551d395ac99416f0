"""What happens in a recording, and so what must be read from it, whoever recorded it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from services.fake_provider.reply import Reply, Spent, ToolCall

Fields = dict[str, Any]
Wire = Literal["openai", "anthropic", "google"]

SYSTEM = "You answer in one sentence."
QUESTION = "How long does a refund take?"
ANSWER = "The refund takes five days."
WEATHER = ToolCall("weather", '{"city": "Ulm"}', "call_ulm")
DOCUMENTS = ("A refund takes five days.", "A parcel takes two days.")
MODELS: dict[Wire, tuple[str, str]] = {
    "openai": ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
    "anthropic": ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
    "google": ("gemini-2.0-flash", "gemini-2.0-flash-001"),
}
EMBEDDING = "text-embedding-3-small"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to use models.

    Parameters
    ----------
    says : the sentence of docs/compatibility.md
    replies : of the provider, in order; each is one call that is billed, or failed
    through : the interface of the provider
    stream : read piece by piece
    tool : the model may call `weather`; `runs_tool` has its result asked about again
    conversation, user : said to the instrumentation where it knows such a thing
    documents : retrieved before the call
    """

    name: str
    says: str
    replies: tuple[Reply, ...]
    prompt: str = QUESTION
    through: Literal["chat", "responses", "embeddings"] = "chat"
    stream: bool = False
    tool: bool = False
    runs_tool: bool = False
    conversation: str = ""
    user: str = ""
    documents: tuple[str, ...] = ()

    def models(self, wire: Wire) -> tuple[str, str]:
        """Return which model is asked for, and which serves."""
        return (EMBEDDING, EMBEDDING) if self.through == "embeddings" else MODELS[wire]

    def served(self, wire: Wire) -> tuple[Reply, ...]:
        """Return the replies as this provider gives them: only Anthropic counts writes, and no reasoning."""
        model = self.models(wire)[1]
        return tuple(_reply(reply, model, wire) for reply in self.replies)

    def asked(self, wire: Wire) -> Fields:
        """Return what a driver is told."""
        return {
            "name": self.name,
            "model": self.models(wire)[0],
            "system": SYSTEM,
            "prompt": self.prompt,
            "through": self.through,
            "stream": self.stream,
            "tool": self.tool,
            "runs_tool": self.runs_tool,
            "conversation": self.conversation,
            "user": self.user,
            "documents": list(self.documents),
        }

    def expected(self, wire: Wire) -> list[Expected]:
        """Return the calls that took place."""
        return [self._call(reply, wire) for reply in self.served(wire)]

    def _call(self, reply: Reply, wire: Wire) -> Expected:
        requested, served = self.models(wire)
        failed = reply.status != 200
        embeds = self.through == "embeddings"
        ends = self.through == "chat" and not failed  # OpenAI's responses have a status, and no reason to end
        spent = Spent(0, 0) if failed else reply.spent
        return Expected(
            operation="embeddings" if embeds else "generate_content" if wire == "google" else "chat",
            provider=wire,
            requested=requested,
            served="" if failed else served,
            prompt=self.prompt,
            answer="" if failed or embeds else reply.text,
            finish=reply.finish if ends else "",
            error=failed,
            stream=self.stream,
            tool_calls=() if failed else reply.tool_calls,
            input=spent.input,
            output=0 if embeds else spent.output,
            cache_read=spent.cache_read,
            cache_write=spent.cache_write,
            reasoning=spent.reasoning,
            conversation=self.conversation,
            user=self.user,
            context=self.documents,
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """One call as it truly was; empty and 0 where there was nothing to tell."""

    operation: str
    provider: str
    requested: str
    served: str
    prompt: str
    answer: str
    finish: str
    error: bool
    stream: bool
    tool_calls: tuple[ToolCall, ...]
    input: int
    output: int
    cache_read: int
    cache_write: int
    reasoning: int
    conversation: str
    user: str
    context: tuple[str, ...] = field(default=())


def _reply(reply: Reply, model: str, wire: Wire) -> Reply:
    spent = reply.spent
    if wire == "anthropic":
        spent = Spent(spent.input, spent.output, spent.cache_read, spent.cache_write)
    else:
        spent = Spent(spent.input, spent.output, spent.cache_read, 0, spent.reasoning)
    finish = "stop" if wire == "google" and reply.finish == "tool_calls" else reply.finish
    return Reply(reply.text, reply.tool_calls, spent, model, finish, reply.status, reply.retry_after_s)


def _named(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    return {scenario.name: scenario for scenario in scenarios}


_GOOD = (Reply(ANSWER),)
_ASKS_WEATHER = Reply("", (WEATHER,), Spent(64, 18), finish="tool_calls")
SCENARIOS = _named(
    (
        Scenario("chat", "a question and its answer", _GOOD),
        Scenario("stream", "the answer read piece by piece", _GOOD, stream=True),
        Scenario("responses", "OpenAI's responses interface", _GOOD, through="responses"),
        Scenario(
            "cached",
            "tokens from the cache and of reasoning",
            (Reply(ANSWER, spent=Spent(1200, 300, 1024, 100, 192)),),
        ),
        Scenario(
            "cached_stream",
            "the same, read piece by piece",
            (Reply(ANSWER, spent=Spent(1200, 300, 1024, 100, 192)),),
            stream=True,
        ),
        Scenario(
            "tool",
            "the model asks for a function",
            (_ASKS_WEATHER,),
            prompt="What is the weather in Ulm?",
            tool=True,
        ),
        Scenario(
            "agent",
            "an agent runs the function and asks again",
            (_ASKS_WEATHER, Reply("It rains in Ulm.", spent=Spent(98, 9))),
            prompt="What is the weather in Ulm?",
            tool=True,
            runs_tool=True,
        ),
        Scenario("refused", "error 429", (Reply("Rate limit reached for requests", status=429),)),
        Scenario("failed", "error 500", (Reply("The server had an error", status=500),)),
        Scenario(
            "conversation",
            "a call within a conversation of a user",
            _GOOD,
            conversation="thread-7",
            user="user-7",
        ),
        Scenario("retrieval", "documents are retrieved, then asked about", _GOOD, documents=DOCUMENTS),
        Scenario(
            "embeddings",
            "a text is embedded",
            (Reply(spent=Spent(8, 0)),),
            through="embeddings",
        ),
    )
)
