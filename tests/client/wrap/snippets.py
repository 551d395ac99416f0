"""The quickstart's snippets, run as an application would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fmwatch import Feedback, Generation
from fmwatch.event import Event

from services.fake_provider.testing import FakeProvider
from stream.decode import decode

QUICKSTART = Path(__file__).parents[3] / "docs" / "quickstart.md"


def sections() -> dict[str, str]:
    """Return the Python code of each section that has some, by its heading."""
    parts = re.split(r"^## (.+)$", QUICKSTART.read_text(encoding="utf-8"), flags=re.MULTILINE)
    code = {
        head: re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for head, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {head: "\n".join(blocks) for head, blocks in code.items() if blocks}


def run(heading: str, provider: FakeProvider, folder: Path) -> tuple[str, list[Event]]:
    """Return what a section's code prints and what it captures, when the provider answers all it asks."""
    captured = folder / "calls.jsonl"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        "FMWATCH_URL": captured.as_uri(),
        "OPENAI_BASE_URL": provider.openai_url,
        "OPENAI_API_KEY": "-",
        "ANTHROPIC_BASE_URL": provider.url,
        "ANTHROPIC_API_KEY": "-",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LANGSMITH_TRACING": "false",
    }
    ran = subprocess.run(
        [sys.executable, "-c", sections()[heading]],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, [decode(line) for line in captured.read_bytes().splitlines()]


def answered(heading: str, provider: FakeProvider, folder: Path) -> None:
    """Hold that a section asks once, gets its answer, captures the call and prints its event's id."""
    printed, events = run(heading, provider, folder)
    [event] = events
    assert isinstance(event, Generation)
    assert (event.route, event.response, event.error_type) == ("helpdesk", provider.reply.text, "")
    assert (event.usage.input, event.usage.output) == (21, 7)
    assert printed.strip() == f"{event.response} {event.event_id}"


def said(provider: FakeProvider, folder: Path) -> None:
    """Hold that what is said around a call is said of it."""
    _, events = run("Say more about your calls", provider, folder)
    call, feedback, _ = events
    assert isinstance(call, Generation)
    assert isinstance(feedback, Feedback)
    assert (call.route, call.conversation_id, call.tags) == ("helpdesk", "c-17", {"shop": "de"})
    assert [passage.text for passage in call.context] == ["Refunds take five working days."]
    assert feedback.event_id == call.event_id
