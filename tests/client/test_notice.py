"""What the client says in an application's own log."""

import pytest
from fmwatch import Client, RecordingTransport, Retryable, Unauthorized
from fmwatch._notice import Notices

CALL = {"provider": "openai", "request_model": "gpt-4o"}
FOREVER_S = 3600.0  # nothing is sent unless asked for


def test_unauthorized(caplog: pytest.LogCaptureFixture) -> None:
    """That a token is not known stands in the log at once, and not again with every try."""
    transport = RecordingTransport(Unauthorized("the gateway answers 401: no such token"))
    client = Client(transport=transport, interval_s=FOREVER_S)
    client.capture(**CALL)
    client.flush(0.1)
    client.flush(0.1)
    assert [record.name for record in caplog.records] == ["fmwatch"]
    assert "somebody lets them in: the gateway answers 401" in caplog.text
    client.close(timeout=0)


def test_away(caplog: pytest.LogCaptureFixture) -> None:
    """A receiver that takes nothing for half a minute stands in the log, and so does that it is back."""
    transport = RecordingTransport(Retryable("no answer"))
    client = Client(transport=transport, interval_s=FOREVER_S)
    client.capture(**CALL)
    client.flush(0.1)
    assert caplog.messages == []
    client._sender._unanswered -= 31
    client.flush(0.1)
    assert caplog.messages == ["events could not be sent for 31 s: no answer"]
    transport.failing = None
    assert client.close().sent == 1
    assert caplog.messages[1:] == ["events are being sent again"]


def test_labels() -> None:
    """What a team is called cannot break the header that carries its numbers."""
    transport = RecordingTransport()
    with Client(transport=transport, team="a; captured=9/9, client=x\r\nHost: y", app="ü" * 200) as client:
        client.capture(**CALL)
    [counts] = transport.counts
    assert counts.isascii()
    assert counts.count(";") == 6
    assert not {",", "\r", "\n"} & set(counts)
    assert counts.count("captured=") == 1


def test_notices(caplog: pytest.LogCaptureFixture) -> None:
    """The same is said at most every ten minutes, and each outage is said."""
    seconds = [0.0]
    notices = Notices(lambda: seconds[0])
    for seconds[0] in (0.0, 599.0, 600.0, 601.0):
        notices.warn("away", "away at %d", seconds[0])
    assert notices.over("away")
    assert not notices.over("away")
    notices.warn("away", "away again")
    assert caplog.messages == ["away at 0", "away at 600", "away again"]
