from pathlib import Path

import pytest

from services.fake_provider.testing import FakeProvider
from tests.client.wrap.snippets import answered

pytestmark = pytest.mark.frameworks


@pytest.mark.parametrize("heading", ["LiteLLM", "LangChain"])
def test_framework(heading: str, provider: FakeProvider, tmp_path: Path) -> None:
    """The snippet of a framework runs as it stands and captures its call."""
    answered(heading, provider, tmp_path)
