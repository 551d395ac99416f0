"""A provider behind a port, and a transport that keeps what the wrappers capture."""

from __future__ import annotations

from collections.abc import Iterator

import fmwatch.openai
import pytest
from openai import AsyncOpenAI, OpenAI

from services.fake_provider.testing import FakeProvider
from tests.client.wrap.captured import Captured


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A provider that answers at once."""
    with FakeProvider() as answering:
        yield answering


@pytest.fixture
def captured() -> Iterator[Captured]:
    """What the process's own client has captured since the test began."""
    kept = Captured()
    fmwatch.configure(transport=kept.transport, interval_s=3600.0)
    yield kept
    fmwatch.configure(None)


@pytest.fixture
def openai_client(provider: FakeProvider) -> OpenAI:
    """A watched client."""
    plain = OpenAI(base_url=provider.openai_url, api_key="-", max_retries=2)
    return fmwatch.openai.watch(plain, route="refunds", platform="openai")


@pytest.fixture
def async_openai_client(provider: FakeProvider) -> AsyncOpenAI:
    """A watched asynchronous client."""
    return fmwatch.openai.watch(AsyncOpenAI(base_url=provider.openai_url, api_key="-"))
