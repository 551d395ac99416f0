"""What a use asks for in words: yes, no and unknown, and what words mean."""

from __future__ import annotations

import pytest

from services.advisor.catalogue import Catalogue
from services.advisor.entry import Entry, Fact, Price
from services.advisor.errors import CatalogueError
from services.advisor.needs import read_needs


def _fact(value: object) -> Fact[object]:
    return Fact(value, "litellm", "2026-11", "medium")


def _entry(platform: str = "azure", region: str = "", **said: object) -> Entry:
    price = Price("m", region, "standard", 0, {"input": 1.0}, "litellm", "2026-11", "medium")
    return Entry(platform, "m", "m", prices=(price,), **{name: _fact(value) for name, value in said.items()})  # type: ignore[arg-type]  # facts of any kind


BARE = _entry()


@pytest.mark.parametrize(
    ("need", "entry", "answer"),
    [
        ("chat", _entry(mode="chat"), "yes"),
        ("chat", _entry(mode="embedding"), "no"),
        ("chat", BARE, "unknown"),
        ("embedding", _entry(mode="embedding"), "yes"),
        ("tools", _entry(tools=True), "yes"),
        ("tools", _entry(tools=False), "no"),
        ("tools", BARE, "unknown"),
        ("json", _entry(json=True), "yes"),
        ("image", _entry(modalities=("image", "text")), "yes"),
        ("image", _entry(modalities=("text",)), "no"),
        ("pdf", BARE, "unknown"),
        ("128k", _entry(context_tokens=128_000), "yes"),
        ("128k", _entry(context_tokens=127_999), "no"),
        ("1m", _entry(context_tokens=1_048_576), "yes"),
        ("128k", BARE, "unknown"),
        ("azure", BARE, "yes"),
        ("bedrock", BARE, "no"),
        ("aws,azure.ai.openai", BARE, "yes"),  # of platforms one is enough, in any spelling
        ("eu", _entry(region="eu-central-1"), "yes"),
        ("eu", _entry(region="eu-west-2"), "unknown"),  # London: somebody may know of another place
        ("eu-west-2", _entry(region="eu-west-2"), "yes"),
        ("eu", _entry(region="global"), "unknown"),
        ("us", _entry(region="us-gov-west-1"), "unknown"),
        ("eu", _entry(regions=("eu-west-3",)), "yes"),
        ("eu", _entry(regions=("us-east-1",)), "no"),  # the company knows where its own runs
        ("eu", BARE, "unknown"),
    ],
)
def test_answers(catalogue: Catalogue, need: str, entry: Entry, answer: str) -> None:
    """What is stated is yes or no; what nobody states is unknown, and never yes."""
    meant = [one for one in read_needs(need, catalogue, 1) if one.word not in {"1 tokens of context", "chat"}]
    if need in {"chat", "128k", "1m"}:
        meant = [read_needs(need, catalogue, 1)[0 if need == "chat" else -1]]
    assert [one.judge(entry).answer for one in meant] == [answer]


def test_always(catalogue: Catalogue) -> None:
    """It is chat unless another mode is named, and one call must fit, whatever context is asked for."""
    assert [one.word for one in read_needs("", catalogue, 3_400)] == ["chat", "3,400 tokens of context"]
    assert [one.word for one in read_needs("embedding,1k", catalogue, 3_400)] == [
        "embedding",
        "3,400 tokens of context",
    ]


@pytest.mark.parametrize(("word", "meant"), [("tool", "tools"), ("azur", "azure"), ("cheap", "")])
def test_unknown_need(catalogue: Catalogue, word: str, meant: str) -> None:
    """A word that means nothing is refused with those that do, and the nearest of them."""
    with pytest.raises(CatalogueError, match=f"nobody knows the need '{word}'") as refused:
        read_needs(f"tools,{word}", catalogue, 1)
    said = str(refused.value)
    assert f"perhaps {meant})" in said if meant else "perhaps" not in said
    assert "tools, json; image, audio, video, pdf as input; a context such as 128k or 1m" in said
    assert "bedrock" in said
