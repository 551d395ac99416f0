"""What is said of alerts on a page, said as the command says it."""

from __future__ import annotations

import logging
from typing import cast

from services.alerter.errors import Unclear
from services.alerter.word import Verb
from services.alerts.routes import STATUS
from services.alerts.saying import Saying
from services.console.desk import Unsaid
from store.errors import StoreError, StoreUnavailable
from stream.errors import LogError

_log = logging.getLogger("fmwatch")


class Spoken:
    """The console's desk."""

    def __init__(self, desk: Saying) -> None:
        self._desk = desk

    def say(self, alert_id: str, verb: str, by: str, note: str) -> bool:
        try:
            return bool(self._desk.say(alert_id, cast("Verb", verb), by, note)["heard"])
        except Unclear as error:
            raise Unsaid(STATUS.get(type(error), 400), str(error)) from error
        except (StoreUnavailable, LogError) as error:
            _log.warning("what somebody said of an alert was not kept: %s", error)
            raise Unsaid(503, "the store does not take it now; press again in a minute") from error
        except StoreError as error:
            _log.error("what somebody said of an alert was not kept: %s", error)
            raise Unsaid(
                403, "the store does not take it from the console's user: it must be fmwatch_console"
            ) from error
