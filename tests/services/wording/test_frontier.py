"""Cost against quality: what is dominated and how surely, what nobody knows, and the picture of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from xml.etree import ElementTree as ET

import pytest

from services.wording.frontier import Choice, Dominated, choices_of, dominated, lines, told
from services.wording.frontier_svg import picture

NOW = Choice("azure/gpt-4o", 0.0041, "own_traffic", difference=0.0, incumbent=True)
BETTER = Choice("openai/mini", 0.0015, "own_traffic", difference=-0.02, low=-0.03, high=-0.005, pairs=1_240)
ALIKE = Choice("openai/nano", 0.0010, difference=0.004, low=-0.02, high=0.03, pairs=300)
DEAR = Choice("openai/old", 0.0060, difference=-0.01, low=-0.04, high=0.02, pairs=90)
UNKNOWN = Choice("mistral/small", 0.0008)
UNPRICED = Choice("acme/own", None, difference=-0.01, low=-0.02, high=0.0, pairs=800)
ALL = (NOW, BETTER, ALIKE, DEAR, UNKNOWN, UNPRICED)


def test_dominated() -> None:
    """Surely where whole intervals say so; what lacks labels or a price takes no part."""
    assert dominated(ALL) == {
        NOW.name: Dominated(BETTER.name, surely=True),
        DEAR.name: Dominated(BETTER.name, surely=False),
    }


def test_listed() -> None:
    """A price list knows not how many tokens a model would take: by it nothing is sure."""
    assert dominated([NOW, replace(BETTER, basis="price_list")])[NOW.name].surely is False


def test_equal() -> None:
    """Two that are the same dominate neither each other nor themselves."""
    assert dominated([NOW, Choice("other", NOW.usd_per_call, difference=0.0)]) == {}


def test_told() -> None:
    """One line says which are dominated and which are not placed; without labels there is none."""
    assert told(ALL) == (
        "cost and quality: azure/gpt-4o surely dominated by openai/mini; openai/old dominated by openai/mini "
        "if estimates hold; not placed: mistral/small, acme/own"
    )
    assert told([NOW, UNKNOWN]) == ""
    assert told([NOW, ALIKE]) == "cost and quality: none is dominated"


def test_lines() -> None:
    """Each model has a line, the cheapest first; what is not known is said."""
    first, *_, last = lines(ALL)
    assert first == "mistral/small: quality unknown; 0.8 USD per 1,000 calls (list price)"
    assert last == "acme/own: bad answers -1.0 pt (-2.0..+0.0), n 800; cost unknown"


def test_stored() -> None:
    """What advice is stored with comes back; what has another form is nothing."""
    assert choices_of(json.dumps({"text": "x", "choices": [asdict(one) for one in ALL]})) == ALL
    for body in ("", "no json", "[]", '{"choices": [{"name": 1}]}', '{"text": "x"}'):
        assert choices_of(body) == ()


def test_picture() -> None:
    """It is well-formed, says in words what it shows, and places only what is known."""
    drawn = ET.fromstring(picture(ALL, "a1"))  # noqa: S314 - our own markup
    assert drawn.get("role") == "img"
    assert drawn.get("aria-labelledby") == "a1-title a1-desc"
    assert drawn.findtext("desc") == ". ".join(lines(ALL)) + "."
    titles = [each.findtext("title") for each in drawn.iter("g")]
    assert len(titles) == len(ALL) - 1
    assert not any(title and UNPRICED.name in title for title in titles)
    (strip,) = (text for text in drawn.iter("text") if text.text == "quality unknown, not placed")
    lowest = max(float(each.get("cy", 0)) for each in drawn.iter("circle"))
    assert lowest < float(strip.get("y", 0))
    assert len(list(drawn.iter("rect"))) == 1


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "a\u202eb\x00c", "&" * 300])
def test_hostile(name: str) -> None:
    """A name from outside is text, whatever stands in it."""
    drawn = picture([NOW, Choice(name, 0.002, difference=0.1, low=0.0, high=0.2, pairs=40)], 'x" onload="y')
    ET.fromstring(drawn)  # noqa: S314 - our own markup
    assert "<script" not in drawn
    assert 'onload="y' not in drawn
    assert "\u202e" not in drawn


@pytest.mark.parametrize(
    "choices", [(), (UNPRICED,), (Choice("a", None),)], ids=["none", "unpriced", "nothing"]
)
def test_nothing(choices: tuple[Choice, ...]) -> None:
    """Without any price there is no picture."""
    assert picture(choices, "a") == ""


@pytest.mark.parametrize("usd", [0.0, 1e-9, 3.0])
def test_scales(usd: float) -> None:
    """Costs of any size are drawn."""
    drawn = picture([Choice("a", usd, difference=0.0, incumbent=True)], "a")
    assert "nan" not in drawn
    assert ET.fromstring(drawn) is not None  # noqa: S314 - our own markup
