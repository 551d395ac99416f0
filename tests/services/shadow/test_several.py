"""`fmwatch shadow` with several candidates."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

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
        pairs = place.pairs(Compared("default", ROUTE, SPAN.since, SPAN.until, "1"))
        requests = [{one.first for one in pairs if one.to_model == model.model} for model in BOTH]
        assert requests[0] == requests[1]
        second = {one.second: one.to_model == WORSE.model for one in pairs}
        labels = {**dict.fromkeys(requests[0], False), **second}
        place.put("feedback", [_label(event_id, bad=bad) for event_id, bad in labels.items()])
        found = ask(140)
        assert [(one["asked"], one["out"]) for one in found["candidates"]] == [(0, True), (20, False)]
        assert found["candidates"][1]["difference"] == 0.0
        assert found["candidates"][0]["share"] == 0.0
        assert ask(400, cap_usd=found["spent_usd"])["pairs"] == 140
        shares = embedded.database.query("SELECT DISTINCT tags['pair_share'] AS share FROM v_calls")["share"]
        assert {round(float(share or 0), 1) for share in shares} == {0.0, 0.5, 1.0}


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
