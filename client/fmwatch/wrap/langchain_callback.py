"""A callback handler of LangChain: one event per model call, and what was retrieved before as its context."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, List, Mapping, Optional, Tuple

from fmwatch.wrap.call import Call, mark
from fmwatch.wrap.fields import Fields, content, get, joined, passages, present, request, text, whole
from fmwatch.wrap.guard import guarded, lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fmwatch.client import Client

MAX_RUNS = 10_000  # that have begun and not ended: a program may drop what it has begun
MAX_BYTES = 64 * 1024 * 1024  # of their prompts, and of what was retrieved for them
_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool"}
_SELLERS = {"azure": "openai", "amazon_bedrock": "bedrock"}


class _Kept:
    """What is kept of runs; the oldest goes where there are too many of them or they hold too much.

    Handlers of several threads share it. A call that goes is captured as far as it is known.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Any, Tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()  # re-entrant: the garbage collector may end a run in the middle

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, run: Any, value: Any, size: int) -> None:
        with self._lock:
            gone = [self.pop(run)]  # let go of without the lock
            self._kept[run] = value, size
            self._bytes += size
            while len(self._kept) > MAX_RUNS or (self._bytes > self._most_bytes and len(self._kept) > 1):
                gone.append(self.pop(next(iter(self._kept))))
        del gone

    def get(self, run: Any) -> Any:
        return self._kept.get(run, (None, 0))[0]

    def pop(self, run: Any) -> Any:
        with self._lock:
            value, size = self._kept.pop(run, (None, 0))
            self._bytes -= size
            return value


class Runs:
    """What is known of the runs that have begun: their parents, their calls, and what was retrieved.

    Parameters
    ----------
    most_bytes : of prompts, and of what was retrieved, that are kept
    """

    def __init__(self, most_bytes: int = MAX_BYTES) -> None:
        self._parents: OrderedDict[Any, Any] = OrderedDict()
        self._calls = _Kept(most_bytes)
        self._retrieved = _Kept(most_bytes)

    def begin(self, run: Any, parent: Any) -> None:
        """Take note of a run."""
        self._parents[run] = parent
        while len(self._parents) > MAX_RUNS:
            self._parents.popitem(last=False)

    def end(self, run: Any) -> None:
        """Forget a run."""
        self._parents.pop(run, None)
        self._retrieved.pop(run)

    def retrieve(self, run: Any, documents: Any) -> None:
        """Keep what was retrieved for the calls that follow in the same tree of runs."""
        root = self._root(run)
        found = [*(self._retrieved.get(root) or []), *passages(documents)]
        self._retrieved.put(root, found, _bytes(found))

    def context(self, run: Any) -> List[Fields]:
        """Return what was retrieved before in the same tree of runs."""
        return self._retrieved.get(self._root(run)) or []

    def call(self, run: Any, call: Call, size: int) -> None:
        """Take note of a call of a model, and how many bytes its prompt has."""
        self._calls.put(run, call, size)

    def called(self, run: Any) -> Optional[Call]:
        """Return the call of a run that has not ended."""
        found: Optional[Call] = self._calls.get(run)
        return found

    def ended(self, run: Any) -> Optional[Call]:
        """Return the call of a run for the last time."""
        self.end(run)
        found: Optional[Call] = self._calls.pop(run)
        return found

    def _root(self, run: Any) -> Any:
        while self._parents.get(run) is not None:
            run = self._parents[run]
        return run


def _bytes(value: Any, depth: int = 8) -> int:
    """Return about how many bytes a value's texts have in memory."""
    if isinstance(value, str):
        return value.__sizeof__()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and depth:
        return sum(_bytes(item, depth - 1) for item in value)
    return 0


def asked(kwargs: Mapping[str, Any], serialized: Any) -> Fields:
    """Return what a run says of the model that it asks."""
    named, options = kwargs.get("metadata") or {}, kwargs.get("invocation_params") or {}
    kind = text(options.get("_type")).split("-", 1)[0]
    platform = text(named.get("ls_provider")) or kind or "unknown"
    model = text(named.get("ls_model_name")) or text(options.get("model")) or text(options.get("model_name"))
    return {
        "provider": _SELLERS.get(platform, platform),
        "platform": platform,
        "request_model": model or text(get(serialized, "name")) or "unknown",
        "request": request(options, "max_completion_tokens", "max_tokens", "max_output_tokens"),
    }


def said(messages: Any) -> List[Fields]:
    """Return messages as the contract has them."""
    return [_turn(message) for message in messages]


def _turn(message: Any) -> Fields:
    kind = text(get(message, "type"))
    calls = get(message, "tool_calls")
    role = _ROLES.get(kind, text(get(message, "role")) or kind or "user")
    return present({"role": role, "content": content(get(message, "content")), "tool_calls": calls or None})


def answered(result: Any) -> Fields:
    """Return the fields of a result; the first answer counts, others to the same prompt are samples."""
    generations = list((get(result, "generations") or [[]])[0])
    first = generations[0] if generations else None
    message = get(first, "message")
    spoken = get(message, "response_metadata") or get(result, "llm_output") or {}
    finish = (
        get(spoken, "finish_reason")
        or get(spoken, "stop_reason")
        or get(first, "generation_info", "finish_reason")
        or get(spoken, "status")
    )
    fields = {
        "response": _text(first),
        "samples": [_text(other) for other in generations[1:]],
        "tool_calls": [_tool_call(call) for call in get(message, "tool_calls") or []],
        "finish_reason": text(finish),
        "response_model": text(get(spoken, "model_name")) or text(get(spoken, "model")),
        "system_fingerprint": text(get(spoken, "system_fingerprint")),
        "service_tier": text(get(spoken, "service_tier")),
        "usage": _usage(get(message, "usage_metadata")) or _legacy(get(result, "llm_output", "token_usage")),
    }
    return {name: value for name, value in fields.items() if value}


def _text(generation: Any) -> str:
    whole_text = text(get(generation, "text"))
    return whole_text or joined(get(generation, "message", "content"))


def _tool_call(call: Any) -> Fields:
    return present({"id": get(call, "id"), "name": get(call, "name"), "arguments": get(call, "args")})


def _usage(spent: Any) -> Fields:
    """Return what was used; LangChain counts the cache into the input, whatever the provider does."""
    into, out = get(spent, "input_token_details"), get(spent, "output_token_details")
    short = whole(get(into, "ephemeral_5m_input_tokens"))
    return present(
        {
            "input": whole(get(spent, "input_tokens")),
            "output": whole(get(spent, "output_tokens")),
            "cache_read": whole(get(into, "cache_read")),
            "cache_write_5m": whole(get(into, "cache_creation")) or short,
            "cache_write_1h": whole(get(into, "ephemeral_1h_input_tokens")),
            "reasoning": whole(get(out, "reasoning")),
            "audio_input": whole(get(into, "audio")),
            "audio_output": whole(get(out, "audio")),
        }
    )


def _legacy(spent: Any) -> Fields:
    return present(
        {"input": whole(get(spent, "prompt_tokens")), "output": whole(get(spent, "completion_tokens"))}
    )


class Taking:
    """What LangChain calls, in the thread or task of the run.

    Parameters
    ----------
    over : said of each call, beneath what the blocks around it say
    fixed : provider, platform and region that the application knows better
    """

    run_inline = True  # it never waits, and keeps what is said around the call

    def __init__(self, to: Optional[Client], over: Fields, fixed: Fields) -> None:
        super().__init__()
        self._to = to
        self._over = over
        self._fixed = fixed
        self._runs = Runs()

    def on_chat_model_start(self, serialized: Any, messages: Any, *, run_id: Any, **kwargs: Any) -> None:
        """Begin a call."""
        try:
            self._begin(run_id, kwargs, serialized, {"messages": said(messages[0] if messages else [])})
        except Exception:  # noqa: BLE001 - the application's call comes first
            lost(self._to)

    def on_llm_start(self, serialized: Any, prompts: Any, *, run_id: Any, **kwargs: Any) -> None:
        """Begin a call of a model that knows no messages."""
        try:
            prompt = {"prompt": prompts[0] if prompts else "", "operation": "text_completion"}
            self._begin(run_id, kwargs, serialized, prompt)
        except Exception:  # noqa: BLE001 - same
            lost(self._to)

    @guarded
    def on_llm_new_token(self, token: Any, *, run_id: Any, **kwargs: Any) -> None:
        """Take note of a piece."""
        call = self._runs.called(run_id)
        if call is not None:
            call.piece()
            if token or get(kwargs.get("chunk"), "message", "tool_call_chunks"):
                call.content()

    @guarded
    def on_llm_end(self, response: Any, *, run_id: Any, **_: Any) -> None:
        """End a call with its answer."""
        call = self._runs.ended(run_id)
        if call is not None:
            try:
                for one in (get(response, "generations") or [[]])[0]:
                    mark(get(one, "message"), call.event_id)
                call.end(answered(response))
            finally:
                call.end()  # without its answer, where that could not be read

    @guarded
    def on_llm_error(self, error: BaseException, *, run_id: Any, **_: Any) -> None:
        """End a call that failed."""
        call = self._runs.ended(run_id)
        if call is not None:
            call.fail(error)

    @guarded
    def on_retriever_end(self, documents: Any, *, run_id: Any, **_: Any) -> None:
        """Keep what was found for the calls that follow."""
        self._runs.retrieve(run_id, documents)
        self._runs.end(run_id)

    @guarded
    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: Any, **kwargs: Any) -> None:
        """Take note of a run of any other kind, and of the one that it is part of."""
        del serialized, inputs
        self._runs.begin(run_id, kwargs.get("parent_run_id"))

    @guarded
    def on_chain_end(self, outputs: Any, *, run_id: Any, **_: Any) -> None:
        """Forget a run."""
        del outputs
        self._runs.end(run_id)

    on_retriever_start = on_tool_start = on_chain_start
    on_chain_error = on_tool_end = on_tool_error = on_retriever_error = on_chain_end

    def _begin(self, run: Any, kwargs: Mapping[str, Any], serialized: Any, prompt: Fields) -> None:
        self._runs.begin(run, kwargs.get("parent_run_id"))
        found = self._runs.context(run)
        over = {**self._over, "context": found} if found else self._over
        known = {"operation": "chat", **asked(kwargs, serialized), **self._fixed, **prompt}
        self._runs.call(run, Call(over, known, self._to), _bytes([prompt, found]))


def callback(to: Optional[Client], over: Fields, fixed: Fields) -> Any:
    """Return the handler; its class is made here, below the one of the application's own LangChain."""
    from langchain_core.callbacks import BaseCallbackHandler  # noqa: PLC0415 - the application's own

    return type("Callback", (Taking, BaseCallbackHandler), {})(to, over, fixed)
