"""One believable night for every signal: the alert as it would be sent, with what was found out about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fmwatch.event import Change

from detectors.monitors.base import Series
from detectors.monitors.slices import Group
from services.alerter.triage import Elsewhere, Scene, Sizes
from services.wording.examples import Call
from tests.services.wording.night import BEGAN, Night

ANSWER = Series("route", "default", route="support/answer")
ANSWER_GPT = Series("route_model", "default", "azure", "support/answer", "gpt-4o")
AZURE = Series("platform", "default", "azure")


def change(kind: str, minutes_before: int, **more: Any) -> Change:
    """Return a declared change."""
    return Change(BEGAN - timedelta(minutes=minutes_before), kind, "default", **more)  # type: ignore[arg-type]


def groups(by: str, *values: tuple[str, int, int, int, int]) -> list[Group]:
    """Return slices of one dimension: value, n, bad, before_n, before_bad."""
    return [Group(by, *value) for value in values]


PROMPT = change(
    "prompt", 25, route="support/answer", from_="v13", to="v14", by="ana", note="shorter instructions"
)
PASSAGES = change(
    "deploy",
    25,
    route="support/answer",
    from_="v13",
    to="v14",
    by="kim",
    note="retrieval returns more passages",
)
STEADY = [
    *groups("prompt version", ("v13", 900, 120, 9000, 250)),
    *groups("served model", ("gpt-4o-2024-08-06", 900, 120, 9000, 250)),
    *groups("language", ("en", 760, 100, 7600, 210), ("de", 140, 20, 1400, 40)),
    *groups("team", ("support", 900, 120, 9000, 250)),
    *groups("platform", ("azure", 900, 120, 9000, 250)),
]
AZURE_CALM = [Elsewhere("azure", "gpt-4o-mini", 1200, 9, 11000, 80)]


def call(number: int, prompt: str, response: str, **more: Any) -> Call:
    """Return an example call of support/answer."""
    return Call(f"e{number}", "default", BEGAN, "support/answer", "gpt-4o", prompt=prompt,
                response=response, **more)  # fmt: skip


NIGHTS: Mapping[str, Night] = {
    "error": Night(
        AZURE,
        ("support/answer", "support/bot", "product/chat"),
        (0.68, 0.007, 0.63, 0.73),
        "ratio",
        412,
        0.41,
        minutes=(3, 1),
        found_after=11,
        scene=lambda alert: Scene(
            alert,
            groups=[
                *groups("error", ("server_error", 220, 220, 10, 10), ("timeout", 60, 60, 8, 8)),
                *groups("team", ("support", 280, 190, 4000, 30), ("product", 132, 90, 2000, 14)),
                *groups("platform", ("azure", 412, 280, 6000, 44)),
                *groups("prompt version", ("v13", 412, 280, 6000, 44)),
            ],
            elsewhere=[Elsewhere("openai", "gpt-5.4-mini", 700, 5, 9000, 60)],
        ),
        calls=[call(1, "How do I reset my card?", "", error_type="server_error")],
    ),
    "latency": Night(
        ANSWER,
        ("support/answer",),
        (4180, 1910, 3890, 4460),
        "ms",
        634,
        0.17,
        facts={"what": "latency"},
        note="Seen in the calls above the 50% point of the reference.",
        scene=lambda alert: Scene(alert, groups=STEADY, elsewhere=AZURE_CALM, sizes=Sizes(1.02, 0.98)),
    ),
    "hallucination": Night(
        ANSWER,
        ("support/answer",),
        (0.098, 0.021, 0.079, 0.120),
        "ratio",
        1240,
        0.25,
        facts={"what": "unsupported answers"},
        scene=lambda alert: Scene(
            alert,
            changes=[PROMPT],
            groups=[
                *groups("prompt version", ("v14", 1180, 126, 0, 0), ("v13", 60, 1, 9000, 190)),
                *groups("language", ("en", 900, 92, 7000, 150), ("de", 340, 35, 2000, 40)),
                *groups("team", ("support", 1240, 127, 9000, 190)),
            ],
            elsewhere=AZURE_CALM,
        ),
        calls=[
            call(
                1,
                "Can I get my money back, I am ana@example.org",
                "Yes, within 90 days, in cash.",
                context=("Refunds are possible within 14 days.",),
            ),
            call(
                2, "Is the shop open on Sunday?", "Yes, from 8 to 20.", context=("We open Monday to Friday.",)
            ),
        ],
    ),
    "toxicity": Night(
        ANSWER,
        ("support/answer",),
        (0.074, 0.005, 0.058, 0.093),
        "ratio",
        980,
        0.22,
        facts={"what": "toxic answers"},
        scene=lambda alert: Scene(alert, groups=STEADY, elsewhere=AZURE_CALM, sizes=Sizes(1.0, 1.0)),
        calls=[call(1, "Where is my parcel?", "Find it yourself, you fool.")],
    ),
    "lifecycle": Night(
        ANSWER_GPT,
        ("support/answer",),
        (9.0, 0.0, 9.0, 9.0),
        "days",
        8120,
        0.17,
        facts={"cause": "retiring", "days_left": "9", "status": "deprecated", "shutdown_at": "2026-11-28"},
        note="The provider stops this model on 2026-11-28, in 9 days.",
        minutes=(0, 0),
        advice="gpt-4o -> openai/gpt-5.4-mini, spend -61 % (price list, own token mix), no claim "
        "about quality",
    ),
    "model_changed": Night(
        ANSWER_GPT,
        ("support/answer",),
        (1.0, 0.0, 0.98, 1.0),
        "ratio",
        212,
        0.17,
        facts={"from": "gpt-4o-2024-08-06", "to": "gpt-4o-2024-11-20"},
        note="Answers come from gpt-4o-2024-11-20, unknown to the reference (gpt-4o-2024-08-06).",
        minutes=(2, 0),
        found_after=14,
        advice="gpt-4o: not enough evidence for a replacement",
        scene=lambda alert: Scene(
            alert, groups=groups("prompt version", ("v13", 212, 0, 9000, 0)), sizes=Sizes(1.01, 1.2)
        ),
    ),
    "unpriced": Night(
        Series("route_model", "default", "openai", "product/assistant", "gpt-5.9-preview"),
        ("product/assistant",),
        (1.0, 0.0, 1.0, 1.0),
        "ratio",
        3,
        0.04,
        team="product",
        minutes=(0, 0),
        found_after=9,
        note="No price is known for gpt-5.9-preview on openai: its spend is missing from every total.",
        scene=lambda alert: Scene(
            alert,
            groups=[
                *groups("model", ("gpt-5.9-preview", 3, 3, 0, 0)),
                *groups("team", ("product", 3, 3, 0, 0)),
            ],
        ),
    ),
    "completeness": Night(
        Series("fleet", "default"),
        ("support/answer", "support/bot"),
        (0.031, 0.0, 0.031, 0.031),
        "ratio",
        5180,
        1.0,
        minutes=(0, 0),
        found_after=24,
        note="162 of 5,180 calls that gateways took in were not stored within 15 minutes; of support",
    ),
    "residency": Night(
        ANSWER,
        ("support/answer",),
        (0.02, 0.0, 0.02, 0.02),
        "ratio",
        1000,
        0.17,
        minutes=(0, 0),
        found_after=1,
        note="Calls ran on a platform or in a region that the route's allow-list does not have.",
        scene=lambda alert: Scene(
            alert,
            groups=[
                *groups("region", ("eu-west", 960, 0, 9000, 0), ("us-east", 40, 20, 0, 0)),
                *groups("platform", ("azure", 1000, 20, 9000, 0)),
            ],
        ),
    ),
    "spend": Night(
        ANSWER,
        ("support/answer",),
        (0.0042, 0.0018, 0.0039, 0.0045),
        "usd",
        610,
        0.17,
        facts={"what": "spend per call"},
        scene=lambda alert: Scene(
            alert,
            changes=[PASSAGES],
            groups=[
                *groups("prompt version", ("v14", 600, 590, 0, 0), ("v13", 10, 2, 9000, 2250)),
                *groups("language", ("en", 610, 592, 9000, 2250)),
            ],
            elsewhere=AZURE_CALM,
            sizes=Sizes(2.4, 1.0),
        ),
    ),
    "tokens": Night(
        ANSWER,
        ("support/answer",),
        (2410, 1000, 2320, 2520),
        "tokens",
        610,
        0.17,
        facts={"what": "input tokens"},
        scene=lambda alert: Scene(
            alert,
            groups=[
                *groups("prompt version", ("v13", 610, 590, 9000, 2250)),
                *groups("language", ("en", 610, 590, 9000, 2250)),
            ],
            elsewhere=AZURE_CALM,
            sizes=Sizes(2.4, 1.0),
        ),
    ),
    "ttft": Night(
        Series("platform_model", "default", "azure", model="gpt-4o"),
        ("support/answer", "support/bot"),
        (1260, 480, 1190, 1340),
        "ms",
        734,
        0.31,
        facts={"what": "time to first token"},
        scene=lambda alert: Scene(
            alert,
            groups=STEADY,
            elsewhere=[*AZURE_CALM, Elsewhere("openai", "gpt-5.4-mini", 900, 220, 8000, 2000)],
            sizes=Sizes(1.01, 0.97),
        ),
    ),
    "refusal": Night(
        ANSWER,
        ("support/answer",),
        (0.21, 0.012, 0.17, 0.25),
        "ratio",
        402,
        0.17,
        note="support/answer: questions have moved away from the usual ones since 19 Nov 00:40 UTC.",
        scene=lambda alert: Scene(
            alert,
            others=[replace(alert, id="drift", signal="prompt_drift")],
            groups=[
                *groups("language", ("en", 402, 82, 8020, 90)),
                *groups("prompt version", ("v13", 402, 82, 8020, 90)),
                *groups(
                    "questions",
                    ("unlike the usual ones", 69, 34, 80, 1),
                    ("like the usual ones", 51, 2, 670, 8),
                ),
            ],
        ),
        calls=[call(1, "Can you book me a flight to Rome?", "I am sorry, I cannot help with that.")],
    ),
    "privacy": Night(
        ANSWER,
        ("support/answer",),
        (0.061, 0.011, 0.047, 0.079),
        "ratio",
        940,
        0.17,
        facts={"what": "privacy findings"},
        scene=lambda alert: Scene(
            alert,
            changes=[replace(PROMPT, kind="detector", route="", from_="1", to="2", note="", by="fmwatch")],
            groups=[
                *groups("detector", ("2", 940, 57, 0, 0), ("1", 0, 0, 9000, 99)),
                *groups("prompt version", ("v13", 940, 57, 9000, 99)),
            ],
        ),
    ),
    "truncated": Night(
        ANSWER,
        ("support/answer",),
        (0.17, 0.011, 0.14, 0.21),
        "ratio",
        480,
        0.17,
        facts={"what": "cut answers"},
        scene=lambda alert: Scene(
            alert,
            changes=[change("deploy", 20, route="support/answer", from_="v41", to="v42", by="kim")],
            groups=[
                *groups("token limit", ("256", 410, 80, 0, 0), ("1024", 70, 1, 9000, 99)),
                *groups("prompt version", ("v13", 480, 81, 9000, 99)),
                *groups("served model", ("gpt-4o-2024-08-06", 480, 81, 9000, 99)),
                *groups("team", ("support", 480, 81, 9000, 99)),
            ],
            elsewhere=AZURE_CALM,
            sizes=Sizes(1.01, 0.8),
        ),
        calls=[call(1, "Which plans are there?", "There are three plans: Basic, which has")],
    ),
    "prompt_drift": Night(
        ANSWER,
        ("support/answer",),
        (0.31, 0.05, 0.26, 0.36),
        "ratio",
        388,
        0.17,
        note="Share of texts in a direction where 5% of the reference lies.",
        scene=lambda alert: Scene(
            alert, groups=groups("language", ("en", 300, 0, 9000, 0), ("nl", 88, 0, 30, 0)), sizes=Sizes(1.1)
        ),
    ),
    "response_drift": Night(
        ANSWER,
        ("support/answer",),
        (0.24, 0.05, 0.20, 0.29),
        "ratio",
        388,
        0.17,
        note="Share of texts in a direction where 5% of the reference lies.",
        scene=lambda alert: Scene(
            alert,
            others=[
                replace(
                    alert,
                    id="other",
                    signal="model_changed",
                    title="support/answer (azure/gpt-4o): gpt-4o-2024-11-20 answers instead of "
                    "gpt-4o-2024-08-06",
                )
            ],
        ),
    ),
    "silence": Night(
        ANSWER,
        ("support/answer",),
        (3.1, 412.0, 1.2, 6.4),
        "calls/h",
        4,
        0.17,
        facts={"what": "calls", "routes": "1 of 6"},
        note="4 calls since 19 Nov 01:25 UTC, where 538 are usual.",
        minutes=(5, 10),
        found_after=78,
    ),
    "budget": Night(
        Series("team", "default", team="support"),
        ("support/answer", "support/bot"),
        (6240.0, 5000.0, 5610.0, 6900.0),
        "usd",
        212_400,
        0.41,
        facts={"budget": "will be passed", "reached": "2026-11-25", "spent_usd": "3871.20"},
        note="3871.20 of 5000.00 USD are spent. The budget is reached on 2026-11-25 (2026-11-24 to "
        "2026-11-26). A day costs +74.10 USD against the month before: +12.00 by the number of calls, +60.30 "
        "by tokens per call, +0.00 by price, +1.80 by other shares of routes and models.",
        minutes=(600, 480),
        found_after=2880,
    ),
    "detector_coverage": Night(
        ANSWER,
        ("support/answer",),
        (0.71, 0.08, 0.66, 0.75),
        "ratio",
        512,
        0.17,
        facts={
            "what": "calls that hallucination could not judge",
            "detector": "hallucination",
            "reason": "no context was supplied that answers could be held against",
        },
        note="Calls that hallucination could not judge: no context was supplied that answers could be held "
        "against.",
    ),
    "detector_changed": Night(
        Series("fleet", "default"),
        ("product/assistant", "search/rank", "support/answer"),
        (0.25, 0.0, 0.25, 0.25),
        "ratio",
        16,
        1.0,
        team="",
        facts={"detector": "privacy, refusal", "reason": "privacy 3 to 4; refusal 1 to 2"},
        note="Detectors changed: privacy 3 to 4; refusal 1 to 2. Numbers of before and after do not compare.",
        minutes=(0, 0),
        found_after=0,
        scene=lambda alert: Scene(alert, changes=[change("detector", 10, note="the new release")]),
    ),
    "detector_lag": Night(
        Series("fleet", "default"),
        ("product/assistant", "search/rank", "support/answer"),
        (0.012, 0.19, 0.004, 0.03),
        "ratio",
        1830,
        1.0,
        team="",
        facts={"detector": "judge", "behind_minutes": "254"},
        note="Of the calls of an hour ago, judge has scored 6% of as many as usual; the newest call it has "
        "scored is 4 h 14 min old.",
        minutes=(60, 60),
        found_after=240,
    ),
    "delivery": Night(
        Series("fleet", "default"),
        (),
        (3.0, 0.0, 3.0, 3.0),
        "notifications",
        3,
        0.0,
        team="",
        facts={"receivers": "pager"},
        note="pager: 403 Forbidden.",
        minutes=(0, 20),
        found_after=20,
    ),
}
