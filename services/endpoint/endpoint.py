"""Chat completions over HTTP, as OpenAI's interface has them and LiteLLM, vLLM, Ollama and others copy it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import httpx2
import msgspec

from services.endpoint.answer import Answer, Fields
from services.endpoint.errors import EndpointAway, EndpointError
from services.endpoint.pace import Pace

PATH = "/chat/completions"
TIMEOUT_S = 120.0
ATTEMPTS = 5  # of one request, while the endpoint is busy or away
MOST_WAIT_S = 60.0  # between two of them, whatever the endpoint asks for
MOST_BYTES = 16 * 1024 * 1024  # of an answer
_AGAIN = (409, 425, 429)  # and every other 5xx
# Somebody on the way lost an answer that may still be billed. Asking again could pay twice, so whoever asks
# decides that: a 502 looks like a busy proxy, but it is also what comes where an upstream broke off.
_PERHAPS_PAID = (408, 502, 504, 520, 524)
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_FOR_GOOD = {
    401: "does not know this key; give it with --key-env or --key-file",
    403: "does not let this key in",
    404: "has no such address or model; look at --url and at the model's name there",
    402: "says that this account has no money left",
}
_SHOWN = 300  # characters of what an endpoint says
LIMITS = ("max_completion_tokens", "max_tokens")
# What some models refuse, and what they take instead; None leaves it out.
OTHER_LIMIT: Mapping[str, str | None] = dict(zip(LIMITS, reversed(LIMITS), strict=True))
OTHER_NAMES: Mapping[str, str | None] = {**OTHER_LIMIT, "temperature": None, "response_format": None}


class Endpoint:
    """Asks one endpoint. Thread-safe.

    Parameters
    ----------
    url : what OpenAI's SDK calls `base_url`, as in http://127.0.0.1:4000/v1
    key : goes with each request and is never shown; "" sends none
    pace : how fast
    other_names : what is sent otherwise, or left out, once an endpoint has refused it
    transport : instead of the network
    sleep, clock : wait so many seconds; seconds that only grow

    Raises
    ------
    EndpointError : the URL is none
    """

    def __init__(
        self,
        url: str,
        key: str,
        pace: Pace,
        *,
        timeout_s: float = TIMEOUT_S,
        other_names: Mapping[str, str | None] = OTHER_NAMES,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._url = _completions(url)
        self._pace = pace
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._other_names = other_names
        self._spelled: dict[str, str | None] = {}
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        local = self._url.host in {"localhost", "127.0.0.1", "::1"}
        self._client = httpx2.Client(
            headers=headers,
            timeout=timeout_s,
            transport=transport,
            trust_env=not local,
            follow_redirects=False,
        )

    def ask(self, body: Fields) -> Answer:
        """Return the answer to one request; may block for minutes.

        Raises
        ------
        EndpointAway : none came, however often it was asked
        EndpointError : the endpoint will refuse every request, or answers with what nobody can read
        """
        said = ""
        for attempt in range(ATTEMPTS):
            self._pace.wait()
            try:
                answer = self._once(body)
            except _UNSENT as error:
                said, wait_s = type(error).__name__, 2.0**attempt
            except httpx2.HTTPError as error:
                raise self._lost(type(error).__name__) from error
            else:
                if not isinstance(answer, _Busy):
                    return answer
                said, wait_s = answer.said, 2.0**attempt if answer.after_s is None else answer.after_s
            if attempt + 1 < ATTEMPTS:
                self._pause(min(wait_s, MOST_WAIT_S))
        raise EndpointAway(f"{self._url.host} gives no answer ({said}); give the same command again later")

    def _lost(self, said: str) -> EndpointAway:
        """Return what says that a request was sent and nobody knows whether it is billed."""
        error = EndpointAway(
            f"{self._url.host} took a request and gave no answer ({said}); it counts at its most. "
            "Give the same command again, with a longer --timeout where answers take long"
        )
        error.paid = True
        return error

    def _pause(self, seconds: float) -> None:
        self._pace.hold(seconds)  # the others would hear the same
        self._sleep(seconds)

    def _once(self, body: Fields) -> Answer | _Busy:
        """Ask, again at once where only the spelling of a parameter is not liked."""
        for _ in range(len(self._other_names) + 1):
            sent = self._as_liked(body)
            began = self._clock()
            status, headers, content = self._posted(sent)
            latency_ms = (self._clock() - began) * 1000
            if status == httpx2.codes.OK:
                return Answer(self._object(content), latency_ms)
            word, message, parameter = _error(status, content)
            if status in _PERHAPS_PAID:
                raise self._lost(f"{status} {message}")
            if status in _AGAIN or status >= httpx2.codes.INTERNAL_SERVER_ERROR:
                return _Busy(f"{status} {message}", _after(headers))
            if status in _FOR_GOOD or not httpx2.codes.is_client_error(status):
                why = _FOR_GOOD.get(status, "answers with something that is no completion; look at --url")
                raise self._unread(f"{why} ({status}: {message})", status)
            if not self._learnt(parameter, message, sent):
                return Answer({}, latency_ms, word, message)
        return Answer({}, latency_ms, word, message)

    def _posted(self, body: Fields) -> tuple[int, httpx2.Headers, bytes]:
        content = msgspec.json.encode(body)
        with self._client.stream(
            "POST", self._url, content=content, headers={"Content-Type": "application/json"}
        ) as answer:
            pieces, size = [], 0
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > MOST_BYTES:
                    raise self._unread(
                        f"answers with over {MOST_BYTES >> 20} MiB; look at --url", answer.status_code
                    )
                pieces.append(piece)
            return answer.status_code, answer.headers, b"".join(pieces)

    def _object(self, content: bytes) -> Fields:
        try:
            found = msgspec.json.decode(content)
        except msgspec.DecodeError:
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("choices"), list):
            why = "answers with something that is no chat completion; look at --url"
            raise self._unread(why, httpx2.codes.OK)
        return found

    def _unread(self, why: str, status: int) -> EndpointError:
        """Return what says that an answer is none; one that came as a success may be billed."""
        paid = httpx2.codes.is_success(status)
        error = EndpointError(f"{self._url.host} {why}" + ("; it counts at its most" if paid else ""))
        error.paid = paid
        return error

    def _as_liked(self, body: Fields) -> Fields:
        with self._lock:
            spelled = dict(self._spelled)
        names = ((spelled.get(name, name), value) for name, value in body.items())
        return {name: value for name, value in names if name is not None}

    def _learnt(self, parameter: str, message: str, sent: Fields) -> bool:
        """Remember how a parameter is to be spelled that was refused; False where it is something else."""
        for name, other in self._other_names.items():
            if name in sent and (parameter == name or (not parameter and f"'{name}'" in message)):
                with self._lock:
                    original = next((key for key, value in self._spelled.items() if value == name), name)
                    if original in self._spelled and other == original:
                        return False  # neither spelling is taken
                    self._spelled[original] = other
                return True
        return False

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Busy(NamedTuple):
    said: str
    after_s: float | None


def key_of(variable: str, file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the key that an environment variable or a file holds, "" where neither is named.

    Raises
    ------
    EndpointError : it holds none
    """
    if variable and file:
        raise EndpointError("give --key-env or --key-file, not both")
    if variable:
        key, where = environment.get(variable, "").strip(), f"the environment variable {variable}"
    elif file:
        key, where = file.read_text("utf-8").strip(), str(file)
    else:
        return ""
    if not key or not all("!" <= char <= "~" for char in key):
        raise EndpointError(f"{where} holds no key; the key itself is not shown")
    return key


def _completions(url: str) -> httpx2.URL:
    """Return where completions are asked for."""
    try:
        found = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise EndpointError(
            f"--url is no URL ({error}); write for instance http://127.0.0.1:4000/v1"
        ) from error
    if found.scheme not in {"http", "https"} or not found.host:
        raise EndpointError(
            "--url: write http:// or https:// and a host, for instance http://127.0.0.1:4000/v1"
        )
    if found.userinfo:
        raise EndpointError("--url: leave user and password out; a key goes with --key-env or --key-file")
    path = found.path.rstrip("/")
    return found.copy_with(path=path if path.endswith(PATH) else path + PATH)


def _error(status: int, content: bytes) -> tuple[str, str, str]:
    """Return a word for what is wrong, the endpoint's sentence and the parameter that it names."""
    try:
        found = msgspec.json.decode(content)
        error = found["error"] if isinstance(found["error"], dict) else {"message": str(found["error"])}
    except (msgspec.DecodeError, LookupError, TypeError):
        error = {"message": content[:_SHOWN].decode("utf-8", "replace")}
    word = next((str(error[name]) for name in ("code", "type") if error.get(name)), f"http_{status}")
    return _one_line(word)[:60], _one_line(str(error.get("message") or "")), str(error.get("param") or "")


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_SHOWN]


def _after(headers: httpx2.Headers) -> float | None:
    """Return how many seconds an endpoint asks us to wait; a date is as good as nothing."""
    after = headers.get("retry-after", "")
    try:
        return max(0.0, float(after))
    except ValueError:
        return None
