"""Chat completions and embeddings, as OpenAI and everybody who speaks its interface answer them."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from fmwatch.wrap.around import user_hash
from fmwatch.wrap.fields import Fields, get, logprobs, named, number, present, request, text, turns, whole

_HEAD = (
    ("model", "response_model"),
    ("system_fingerprint", "system_fingerprint"),
    ("service_tier", "service_tier"),
)


def asked(body: Mapping[str, Any]) -> Fields:
    """Return the fields of a request for a chat completion."""
    return {**whose(body), "messages": turns(body.get("messages")), "request": _request(body)}


def asked_text(body: Mapping[str, Any]) -> Fields:
    """Return the fields of a request for a completion of the older kind."""
    prompt = body.get("prompt")
    said = "\n".join(map(text, prompt)) if isinstance(prompt, list) else text(prompt)
    return {**whose(body), "prompt": said, "request": _request(body)}


def asked_embeddings(body: Mapping[str, Any]) -> Fields:
    """Return the fields of a request for embeddings; its texts are one prompt."""
    texts = body.get("input")
    said = "\n".join(filter(None, map(text, texts))) if isinstance(texts, (list, tuple)) else text(texts)
    return {**whose(body), "prompt": said}


def whose(body: Mapping[str, Any]) -> Fields:
    """Return the model asked for, and who the user is, where the request says so."""
    user = body.get("safety_identifier") or body.get("user")
    fields = {"request_model": text(body.get("model"))}
    if isinstance(user, str) and user:
        fields["user_hash"] = user_hash(user)
    return fields


def answered(found: Any) -> Fields:
    """Return the fields of a completion, of a chat or not."""
    choices = get(found, "choices") or [None]
    first = named(choices[0])
    message = named(first.get("message"))
    refused = text(message.get("refusal"))
    said = {
        "response": text(message.get("content")) or refused or text(first.get("text")),
        "finish_reason": "refusal" if refused else text(first.get("finish_reason")),
        "tool_calls": [_tool_call(call) for call in message.get("tool_calls") or ()],
        "samples": [
            text(get(choice, "message", "content")) or text(get(choice, "text")) for choice in choices[1:]
        ],
        "logprobs": logprobs(get(first.get("logprobs"), "content")) if first.get("logprobs") else None,
    }
    fields = served(found)
    fields.update([each for each in said.items() if each[1]])
    return fields


def embedded(found: Any) -> Fields:
    """Return the fields of embeddings; the vectors are left out."""
    return served(found)


def served(found: Any) -> Fields:
    """Return what every answer says: the model that served it and what it used."""
    head = named(found)
    fields: Fields = {}
    for name, ours in _HEAD:
        said = text(head.get(name))
        if said:
            fields[ours] = said
    spent = head.get("usage")
    if spent:
        used = named(spent)
        fields["usage"] = _usage(used)
        cost = number(used.get("cost"))  # as OpenRouter reports it
        if cost is not None:
            fields["cost_usd"] = cost
    return fields


def _usage(spent: Mapping[str, Any]) -> Fields:
    """Return what was used; input includes the cache and output the reasoning, as on the wire."""
    into, out = named(spent.get("prompt_tokens_details")), named(spent.get("completion_tokens_details"))
    cached = whole(into.get("cached_tokens"))
    return present(
        {
            "input": whole(spent.get("prompt_tokens")),
            "output": whole(spent.get("completion_tokens")),
            # DeepSeek names the cached ones in its own way.
            "cache_read": whole(spent.get("prompt_cache_hit_tokens")) if cached is None else cached,
            "cache_write_5m": whole(into.get("cache_write_tokens")),
            "reasoning": whole(out.get("reasoning_tokens")),
            "audio_input": whole(into.get("audio_tokens")),
            "audio_output": whole(out.get("audio_tokens")),
        }
    )


def _request(body: Mapping[str, Any]) -> Fields:
    return request(body, "max_completion_tokens", "max_tokens")


def _tool_call(call: Any) -> Fields:
    what = get(call, "function") or get(call, "custom")
    arguments = get(what, "arguments")
    return present(
        {
            "id": get(call, "id"),
            "name": get(what, "name"),
            "arguments": get(what, "input") if arguments is None else arguments,
        }
    )


class Chunks:
    """Puts the chunks of one streamed completion together.

    Parameters
    ----------
    usage_asked : we asked for the usage, so the chunk with nothing else in it is not the application's
    """

    def __init__(self, usage_asked: bool) -> None:
        self.done = False
        self._usage_asked = usage_asked
        self._head: Fields = {}
        self._texts: Dict[int, List[str]] = {}
        self._refusal: List[str] = []
        self._calls: Dict[int, Fields] = {}
        self._finish = ""
        self._logprobs: List[Any] = []

    def add(self, chunk: Any) -> bool:
        """Take a chunk, and tell whether there is content in it."""
        head = served(chunk)
        if head:
            self._head.update(head)
        return any([self._choice(choice) for choice in get(chunk, "choices") or ()])  # noqa: C419 - takes all

    def ours(self, chunk: Any) -> bool:
        """Tell whether the chunk is the usage that the application has not asked for."""
        return self._usage_asked and not get(chunk, "choices") and bool(get(chunk, "usage"))

    def fields(self) -> Fields:
        """Return what is known so far."""
        texts = ["".join(self._texts[index]) for index in sorted(self._texts)]
        refused = "".join(self._refusal)
        said = {
            "response": texts[0] if texts and texts[0] else refused,
            "samples": texts[1:],
            "finish_reason": "refusal" if refused else self._finish,
            "tool_calls": [self._calls[index] for index in sorted(self._calls)],
            "logprobs": logprobs(self._logprobs),
        }
        return {**self._head, **{name: value for name, value in said.items() if value}}

    def _choice(self, choice: Any) -> bool:
        index = whole(get(choice, "index")) or 0
        finish = text(get(choice, "finish_reason"))
        if finish:
            self.done = True
            if not index:
                self._finish = finish
        delta = get(choice, "delta")
        said = text(get(delta, "content")) or text(named(choice).get("text"))
        if said:
            self._texts.setdefault(index, []).append(said)
        if index:
            return bool(said)
        refused = text(get(delta, "refusal"))
        if refused:
            self._refusal.append(refused)
        if get(choice, "logprobs"):
            self._logprobs.extend(get(choice, "logprobs", "content") or ())
        called = [self._called(call) for call in get(delta, "tool_calls") or ()]
        return bool(said or refused or called)

    def _called(self, piece: Any) -> bool:
        index: Optional[int] = whole(get(piece, "index"))
        call = self._calls.setdefault(len(self._calls) if index is None else index, {"arguments": ""})
        part = _tool_call(piece)
        call["arguments"] += text(part.pop("arguments", ""))
        call.update(part)
        return True
