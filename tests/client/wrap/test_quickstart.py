from pathlib import Path

import pytest
from fmwatch import Generation

from services.fake_provider.testing import FakeProvider
from tests.client.wrap.snippets import answered, run, said, sections

HERE = ("OpenAI SDK", "Anthropic SDK")
ELSEWHERE = ("LiteLLM", "LangChain")  # tests/frameworks


@pytest.mark.parametrize("heading", HERE)
def test_sdk(heading: str, provider: FakeProvider, tmp_path: Path) -> None:
    """The snippet of an SDK runs as it stands and captures its call."""
    answered(heading, provider, tmp_path)


def test_other(provider: FakeProvider, tmp_path: Path) -> None:
    """So does the one for any other model."""
    _, [event] = run("Any other model", provider, tmp_path)
    assert isinstance(event, Generation)
    assert (event.prompt, event.response) == ("How long does a refund take?", "Five days.")


def test_said(provider: FakeProvider, tmp_path: Path) -> None:
    """So does the one that says more about calls."""
    said(provider, tmp_path)


def test_none_left_out() -> None:
    """Every snippet in Python is run by a test that knows its section."""
    elsewhere = {"OpenTelemetry", "Files", "Kafka"}  # tests/test_quickstart.py, tests/kafka
    own = {"Any other model", "Say more about your calls"}
    assert set(sections()) == {*HERE, *ELSEWHERE, *own, *elsewhere}
