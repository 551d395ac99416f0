"""`fmwatch shadow` with several candidates."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from services.config import Config
from services.fake_provider.reply import Reply, Spent
from services.fake_provider.testing import FakeProvider
from services.run import Embedded
from services.shadow.asking import Means, Model, Span, Tools
from services.shadow.command import Asked
from services.shadow.desk import Directory
from services.shadow.journal import Journal
from services.shadow.several import ask_all
from services.wall import now
from store.pairs import Compared
from tests.contract.schema import errors, load

from .calls import ROUTE, lines
from .test_command import run

BOTH = WORSE, BETTER = Model("openai", "gpt-5.4-mini"), Model("openai", "gpt-5.4-nano")
PRICED = Spent(input=60, output=30)
SPAN = Span(ROUTE, now() - timedelta(days=1), now() + timedelta(hours=1))


def test_several(tmp_path: Path) -> None:
    """Both answer the same requests; once labels say that one is surely worse, the other gets all of them."""
    with (
        FakeProvider(reply=Reply("By mail.", spent=PRICED)) as provider,
        Embedded(tmp_path, Config(), now) as embedded,
    ):
        place = Directory(embedded)
        place.put("events", lines(140).splitlines())

        def ask(pairs: int, cap_usd: float = 1.0) -> dict[str, Any]:
            means = Means(provider.openai_url, cap_usd, per_minute=1e9)
            asked = [Asked(SPAN, one, None, pairs, means) for one in BOTH]
            with ExitStack() as stack:
                endpoint = stack.enter_context(means.endpoint())
                journal = stack.enter_context(Journal(tmp_path))
                opened = [
                    Tools(
                        Config(), means.tariff(Config(), one), endpoint, journal, lambda: nullcontext(place)
                    )
                    for one in BOTH
                ]
                found = ask_all(asked, opened)
            assert errors(json.loads(json.dumps(found)), load("shadow_several")) == []
            assert found["spent_usd"] <= cap_usd
            return found

        first = ask(120)
        assert [one["pairs"] for one in first["candidates"]] == [60, 60]
        assert {(one["difference"], one["out"]) for one in first["candidates"]} == {(None, False)}
        pairs = {
            one: place.pairs(Compared("default", ROUTE, SPAN.since, SPAN.until, "1", *one)) for one in BOTH
        }
        requests = [{one.first for one in pairs[model]} for model in BOTH]
        assert requests[0] == requests[1]
        second = {one.second: model == WORSE for model in BOTH for one in pairs[model]}
        labels = {**dict.fromkeys(requests[0], False), **second}
        place.put("feedback", [_label(event_id, bad=bad) for event_id, bad in labels.items()])
        found = ask(140)
        assert [(one["asked"], one["out"]) for one in found["candidates"]] == [(0, True), (20, False)]
        assert found["candidates"][1]["difference"] == 0.0
        assert found["candidates"][0]["share"] == 0.0
        assert ask(400, cap_usd=found["spent_usd"])["pairs"] == 140
        shares = embedded.database.query("SELECT DISTINCT tags['pair_share'] AS share FROM v_calls")["share"]
        assert {round(float(share or 0), 1) for share in shares} == {0.0, 0.5, 1.0}


def ask_both(tmp_path: Path, provider: FakeProvider) -> tuple[Result, dict[str, Any]]:
    """The command for six pairs each, one request at a time, and its document."""
    assert run("replay", "-", "--data", tmp_path, stdin=lines(30)).exit_code == 0
    both = ("--candidate", str(WORSE), "--candidate", str(BETTER), "--at-once", 1, "--per-minute", 600_000)
    means = ("--url", provider.openai_url, "--usd", 1, "--pairs", 12, "--data", tmp_path, "--json")
    said = run("shadow", "--route", ROUTE, *both, *means)
    found = json.loads(said.stdout)
    assert errors(found, load("shadow_several")) == []
    return said, found


class Answering:
    """Takes the place of what the provider answers next: it hangs on which model is asked."""

    def __init__(self, answer: Callable[[str], Reply], provider: FakeProvider) -> None:
        self._answer = answer
        self._asked = provider.asked

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Reply:
        """Return what is answered to what was asked last."""
        return self._answer(self._asked[-1]["model"])


def test_interrupted(tmp_path: Path) -> None:
    """After one Ctrl-C the candidates that wait are not asked; all are reported."""

    def answer(_: str) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        return Reply("By mail.", spent=PRICED)

    with FakeProvider() as provider:
        provider._next = Answering(answer, provider)  # type: ignore[assignment]
        said, found = ask_both(tmp_path, provider)
    assert said.exit_code == 1
    assert [one["state"] for one in found["candidates"]] == ["interrupted"] * 2
    assert [one["asked"] for one in found["candidates"]] == [1, 0]
    assert len(provider.asked) == found["pairs"] == 1


@pytest.mark.parametrize(
    ("status", "why"), [(400, "refuses every request"), (404, "has no such address or model")]
)
def test_refused(tmp_path: Path, status: int, why: str) -> None:
    """A candidate that the endpoint does not take keeps nobody back, and is reported with why."""

    def answer(model: str) -> Reply:
        return Reply("By mail.", spent=PRICED, status=status if model == WORSE.model else 200)

    with FakeProvider() as provider:
        provider._next = Answering(answer, provider)  # type: ignore[assignment]
        said, found = ask_both(tmp_path, provider)
    refused, other = found["candidates"]
    assert said.exit_code == 2
    assert why in refused["why"]
    assert f"{WORSE}: {refused['why']}" in said.stderr
    assert (refused["state"], refused["asked"], refused["spent_usd"]) == ("refused", 0, 0)
    assert (other["state"], other["pairs"], found["pairs"]) == ("done", 6, 6)


def _label(event_id: str, *, bad: bool) -> bytes:
    label = {"type": "feedback", "kind": "label", "name": "bad", "by": "human", "value": bad}
    return json.dumps(label | {"event_id": event_id, "at": now().isoformat()}).encode()


def test_one_name(tmp_path: Path) -> None:
    """What is said of one candidate cannot be said of several."""
    both = (
        "--candidate",
        str(WORSE),
        "--candidate",
        str(BETTER),
        "--url",
        "http://127.0.0.1:1/v1",
        "--usd",
        1,
    )
    said = run("shadow", "--route", ROUTE, *both, "--as", "mine", "--data", tmp_path)
    assert said.exit_code == 2
    assert "--as and --price are of one candidate" in said.stderr
