"""A digest in words: five lines first, every number with its n, and strangers' words as words."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from services.alerter.receivers.text import inert
from services.digest.digest import Changed, Digest, Incident, Last, Money, Move, Open, Spend, Worse
from services.digest.letter import document, letter
from services.digest.markdown import markdown
from services.digest.told import MOST, Part, parts, top
from tests.contract.schema import errors, load

AT = datetime(2026, 8, 19, tzinfo=UTC)
NOW, BEFORE = Money(1200, 1200, 0, 12.5), Money(1000, 1000, 0, 10.0)
WORSE = Worse(
    "default", "support/answer", "openai", "gpt-4o", "hallucination", 0.094, 1204, 0.061, 1190, (0.012, 0.054)
)
WORST = (
    "support/answer (openai/gpt-4o): unsupported answers 6.1 % -> 9.4 %, +1.2 to +5.4 points "
    "(n 1,190 and 1,204)"
)
OPEN = Open(
    "a", "default", "support/answer", "openai", "gpt-4o", "recommend", "openai/gpt-5.4-mini",
    "gpt-4o -> openai/gpt-5.4-mini, spend -62 %", days=40, forced=True, calls_per_day=130.0, n_days=14,
    usd=40.0, interval=(31.0, 49.0),
)  # fmt: skip
INCIDENT = Incident(
    "i", "page", "support/answer: 8.1 % of calls fail", "8.1 % of calls (95 %: 7.2-9.1, n = 3,412)",
    datetime(2026, 8, 11, 14, tzinfo=UTC), datetime(2026, 8, 11, 17, tzinfo=UTC), "false", "anna",
)  # fmt: skip


def digest(**changed: Any) -> Digest:
    """Return a week with something of everything."""
    plain: dict[str, Any] = {
        "week": "2026-W33",
        "since": datetime(2026, 8, 10, tzinfo=UTC),
        "until": datetime(2026, 8, 17, tzinfo=UTC),
        "made_at": AT,
        "tenant": "",
        "began": None,
        "now": NOW,
        "before": BEFORE,
        "spend": (Spend("default", "support", "openai", "gpt-4o", NOW, BEFORE),),
        "moves": (Move("default", "support/answer", "openai", "gpt-4o", began=True, n=12),),
        "changes": (Changed(AT, "prompt", "default", "support/answer", from_="v13", to="v14", by="anna"),),
        "incidents": (INCIDENT,),
        "standing": 0,
        "worse": (WORSE,),
        "compared": 34,
        "last_days": (
            Last("default", "openai", "gpt-4o", date(2026, 9, 28), 40, promised=False, share=0.74),
        ),
        "open": (OPEN,),
    }
    return Digest(**plain | changed)


def test_five_lines() -> None:
    """Five lines say it all."""
    assert top(digest()) == [
        "Spent 12.50 USD (n 1,200); the week before 10.00 USD (n 1,000): +25 %.",
        "1 page and 0 tickets fired, 1 called false.",
        f"1 of 34 rates got worse, most {WORST}.",
        "Next last day: openai/gpt-4o stops on 2026-09-28, in 40 days: 74 % of calls.",
        "1 recommendation open; to wait costs 40.00 USD (31.00 to 49.00).",
    ]


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money(12, 0, 12), "an unknown amount (n 12, none with a price)"),
        (Money(12, 9, 3, 0.5), "0.5 USD (n 9, 3 more without a price)"),
        (Money(12, 12, 0, 0.0), "0 USD (n 12)"),
    ],
)
def test_unknown_price(money: Money, said: str) -> None:
    """An unknown price is said, never counted as nothing; then weeks are not compared."""
    line = top(digest(now=money))[0]
    assert said in line
    assert ("%" in line) == (money.unpriced_n == 0)


def test_nothing_known() -> None:
    """Where nothing fired, nothing could be compared and nobody names a day, each line says so."""
    bare = digest(incidents=(), worse=(), compared=0, last_days=(), open=(), before=Money())
    assert top(bare) == [
        "Spent 12.50 USD (n 1,200); the week before has no calls.",
        "No page and no ticket fired.",
        "No rate could be compared with the week before: too few judged calls.",
        "No model in use has a known last day.",
        "No recommendation is open.",
    ]
    assert "Nothing got worse beyond chance: 34 rates compared." in top(digest(worse=()))


def test_parts() -> None:
    """What the lines rest on stands below, with n and intervals."""
    text = markdown(parts(digest()))
    assert text.startswith("# fmwatch: week 2026-W33, 10 Aug to 16 Aug 2026\n\n- Spent 12.50 USD")
    for said in (
        "- support, openai/gpt-4o: 12.50 USD (n 1,200); the week before 10.00 USD (n 1,000): +25 %",
        "staying until its last day, in 40 days, costs 40.00 USD (31.00 to 49.00) more",
        "if days stay at 130 calls a day (n 14 days)",
        f"- {WORST}",
        "- prompt, Wed 19 Aug 00:00 UTC: support/answer v13 -> v14 by anna",
        "- model: support/answer began to call openai/gpt-4o (n 12)",
        "8.1 % of calls (95 %: 7.2-9.1, n = 3,412). Over after 3 h, called false by anna.",
    ):
        assert said in text


def test_waiting_unknown() -> None:
    """What waiting costs is not invented: the reason stands in its place, and in the top line."""
    dear = msgspec.structs.replace(OPEN, usd=None, interval=None, unknown="moving saves nothing")
    found = digest(open=(dear,))
    assert top(found)[4] == "1 recommendation open; none of them is known to save money."
    assert "what waiting costs is not known: moving saves nothing" in markdown(parts(found))


def test_no_goal() -> None:
    """What ends is told though nobody knows a goal; what nothing forces is only counted."""
    ends = msgspec.structs.replace(
        OPEN, state="abstain", candidate="", usd=None, unknown="there is no candidate"
    )
    calm = msgspec.structs.replace(ends, forced=False)
    found = digest(open=(ends, calm, calm))
    assert top(found)[4] == "No recommendation is open; nothing to move to for 3 models on a route."
    text = markdown(parts(found))
    assert text.count("- no move, support/answer") == 1
    assert "- nothing forces a move of 2 more models on a route: fmwatch advise has the reasons" in text


def test_past_days() -> None:
    """A model that is called past its last day goes before days to come."""
    past = Last("default", "openai", "o1", date(2026, 8, 1), -18, promised=False, share=0.001)
    found = digest(last_days=(past, *digest().last_days))
    assert top(found)[3] == "1 model in use past the last day: openai/o1."
    assert "openai/o1 stopped on 2026-08-01: 0.1 % of calls" in markdown(parts(found))


def test_many() -> None:
    """Of many lines the first are shown, and how many there are besides."""
    many = tuple(Move("default", f"route {n}", "openai", "gpt-4o", began=False, n=n) for n in range(40))
    text = markdown(parts(digest(moves=many)))
    assert text.count("does not call any more") == MOST
    assert f"and {40 - MOST} more" in text


_READER = MarkdownIt("gfm-like", {"linkify": False})  # CommonMark, and tables and strikethrough besides
_SIGNS = [
    "#",
    "##",
    ">",
    "-",
    "---",
    "+",
    "=",
    "===",
    "1.",
    "12)",
    "*",
    "_",
    "~~",
    "`",
    "```",
    "[x](y)",
    "[ ]",
]
_SIGNS += ["<b>", "|", "&amp;", "\\", "!", "a", " ", "\t", "\n"]


@given(st.lists(st.sampled_from(_SIGNS), min_size=1, max_size=9).map("".join))
@example("# b").via("a heading")
@example("1. b").via("a list")
@example("- - -").via("a rule")
@settings(max_examples=60)
def test_only_text(name: str) -> None:
    """Whatever a name begins with or holds, who reads Markdown sees our lines, their text and no markup."""
    lines = [f"{name} b", f"b {name}", f"{name}."]
    found = _READER.parse(markdown([Part("Week", lines), Part(f"Of {name}", lines)]))
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in found} == {
        *("heading", "bullet_list", "list_item", "paragraph", "inline")
    }
    children = [token.children or [] for token in found if token.type == "inline"]
    assert {child.type for child in itertools.chain(*children)} <= {"text", "text_special"}
    said = ["".join(child.content for child in line) for line in children]
    assert said[1:4] == said[5:] == [inert(line, 600) for line in lines]


def test_strangers() -> None:
    """Names and notes become no markup, no mention and no line of their own."""
    name = "x*_`[a](http://evil.com)<b>|\n# @here ![i](x)"
    changed = Changed(AT, "prompt", "default", name, note=name, by=name)
    moved = Move("default", name, name, name, began=True, n=1)
    text = markdown(parts(digest(changes=(changed,), moves=(moved,))))
    assert "\n# @" not in text
    assert "[a](" not in text.replace("\\[a\\](", "")
    assert "<b>" not in text.replace("\\<b>", "")
    assert "http://" not in text
    assert "@here" not in text


def test_letter() -> None:
    """The letter of a week has the same id whenever it is sent, and its document fits the contract."""
    one, later = letter(digest()), letter(digest(made_at=datetime(2026, 8, 20, tzinfo=UTC)))
    assert one.id == later.id != letter(digest(week="2026-W34")).id
    assert errors(document(digest()), load("digest")) == []
