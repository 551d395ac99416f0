"""The process that watches sends the digest by itself, and one that replays never does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.config import Config
from services.lookout import LONG_PAST
from services.run import Embedded
from tests.services.alerter.receivers.places import Answer, Web
from tests.services.digest.past import NOW
from tests.services.small_fleet import lines

TUESDAY = NOW - timedelta(days=1)


def test_sends(tmp_path: Path) -> None:
    """A receiver that was away has it an hour later, and after a restart no second one."""
    with Web().open() as web:
        web.next(Answer(503))
        config = Config.parse(
            {"receivers": {"hook": {"webhook": {"url": f"{web.url}/x"}}}, "digest": {"receivers": ["hook"]}}
        )
        with Embedded(tmp_path, config, lambda: TUESDAY) as embedded:
            embedded.ingest(line for line, _ in zip(lines(), range(600), strict=False))
            while embedded.score():
                pass
            embedded.sum_up()
            embedded.daily()
            assert web.asked == []
        for _ in range(2):
            with Embedded(tmp_path, config, lambda: TUESDAY, notify=LONG_PAST) as embedded:
                embedded.daily()
                embedded.daily()
        weeks = [asked.json["digest"]["week"] for asked in web.asked]
        assert weeks == ["2026-W33", "2026-W33"]  # the first was refused
        assert len({asked.json["id"] for asked in web.asked}) == 1
