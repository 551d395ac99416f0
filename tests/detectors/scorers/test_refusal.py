"""Refusals are told from answers that only sound like them."""

from typing import Any

import numpy as np
import pytest

from detectors import registry
from detectors.batch import Batch
from detectors.scorers.refusal import Refusal, phrase
from detectors.testing import generation

REFUSED = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with that request.",
    "I cannot assist with this. Please contact another service.",
    "Sorry, I can't help with that. It is outside of what I am allowed to do.",
    "I'm not able to provide help on this topic.",
    "I apologize, but I cannot assist with that.",
    "Unfortunately, I cannot provide that information.",
    "As an AI language model, I don't have access to your account.",
    "As a large language model, I cannot browse the internet.",
    "As an AI assistant, I cannot help with that request.",
    "I must decline this request.",
    "I have to respectfully decline to answer this.",
    "I'm afraid I can't help with that.",
    "I won't be able to help you with that.",
    "I am unable to answer that question.",
    "I'm unable to discuss this topic.",
    "I do not have access to real-time data.",
    "I don't have the ability to open links.",
    "I don't have enough information about your order.",
    "That is not something I can help with.",
    "This goes against my guidelines.",
    "Your request violates our content policy.",
    "It would be inappropriate for me to comment on that.",
    "It is not possible for me to predict the stock market.",
    "I am not comfortable writing that.",
    "I'm not allowed to share other customers' details.",
    "I can't recommend a specific medicine. Please ask a doctor.",
    "I could not find any information on that. I can't answer this question.",
    "We cannot process this request.",
    "My instructions prevent me from talking about this.",
    "Thanks for asking! Unfortunately, I can't share that.",
    "I'm just an AI and can't make that decision for you.",
]
ANSWERED = [
    "I cannot recommend this restaurant enough!",
    "I can't recommend the book highly enough.",
    "I can't thank you enough for the kind words.",
    "I cannot stress enough how important a backup is.",
    "I can't wait to see your garden.",
    "I can't help but smile when I read this.",
    "Sorry to hear that! Open the settings and choose a new password.",
    "I'm sorry for the delay. Your card will arrive on Friday.",
    "We are sorry that you had trouble; here is your refund.",
    "You can't change the address after the order was sent.",
    "The file cannot be opened because it is damaged.",
    "If you cannot log in, reset your password.",
    "Customers who are unable to travel get their money back.",
    "The court declined to answer the question.",
    "He said that he could not help his brother.",
    '"I cannot help you," said the wizard and closed the door.',
    "Our policy allows returns within thirty days.",
    "It is against the law to park here.",
    "As an AI language model, I can describe three ways to save water.",
    "As an assistant manager, you cannot sign contracts alone.",
    "Yes, I can help with that.",
    "Of course! I will help you write the letter.",
    "No, you don't have to pay twice.",
    "The engine will not start in cold weather because the battery is weak.",
    "The model is unable to learn from so few examples.",
    "Unfortunately, the flight was cancelled. The next one leaves at nine.",
    "The museum does not allow cameras.",
    "I would not worry about it: the fee is refunded on Monday.",
    "She won't share her cake with anyone in the story.",
    "The password must not contain your name.",
    "I couldn't help enjoy the ride!",
    "But I won't give up this fight, no, not so easily.",
    "We can't write ten in the tens place, so we carry the one.",
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    """The model declines."""
    assert phrase(text) is not None


@pytest.mark.parametrize("text", ANSWERED)
def test_answered(text: str) -> None:
    """The model answers, whatever the words sound like."""
    assert phrase(text) is None


def test_beginning() -> None:
    """A refusal comes first; far into an answer it is a remark."""
    remark = "I'm sorry, but I can't help with that."
    assert phrase("The answer is simple. " * 20 + remark) is None


@pytest.mark.parametrize(
    ("rest", "refused"),
    [
        ("", True),
        (" However, many people like the coast, where they swim and stay for a long time in summer.", False),
        (" But I can help you to plan a journey, if you tell me where you want to go this summer.", True),
        (
            " However, you can check the weather on the pages of the national weather service.",
            True,
        ),
        (" However, please tell me more about the place, so that I know what you would like to read.", True),
    ],
)
def test_caveat(rest: str, refused: bool) -> None:
    """A caveat that an answer follows is no refusal; one that an offer or a referral follows is."""
    caveat = "As an AI language model, I don't have personal experience."
    assert (phrase(caveat + rest) is not None) is refused


def _verdict(**fields: Any) -> tuple[float, str, str | None]:
    column = Refusal().score(Batch([generation(**fields)], registry.encoder()))
    return float(column.score[0]), column.label[0], column.explain(0)


def test_verdict() -> None:
    """Score, label and explanation say the same."""
    assert _verdict(response="I can't help with that.") == (
        1.0,
        "refused",
        'The answer declines: "i can\'t help".',
    )
    assert _verdict(response="It opens at nine.") == (0.0, "answered", None)


def test_filter() -> None:
    """An answer that the provider's filter stopped is refused, though nothing was said."""
    assert _verdict(response="", finish_reason="content_filter")[:2] == (1.0, "refused")


@pytest.mark.parametrize("response", ["", "  ", "Das kann ich leider nicht beantworten, tut mir leid."])
def test_not_assessable(response: str) -> None:
    """No answer, or one in another language, is not judged."""
    score, label, sentence = _verdict(response=response)
    assert np.isnan(score)
    assert (label, sentence) == ("not_assessable", None)
