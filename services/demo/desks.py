"""What is asked and answered on a route: one desk per kind of work, made of shipped texts.

A desk gives an exchange after the other, each question once, and the same ones again for the same seed.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from services.demo.questions import Questions, cases
from services.demo.samples import OtherLanguage, Samples

# A model says what it read in slightly other words.
REWORDED = (
    ("working days", "business days"),
    (" at once", " immediately"),
    ("choose", "select"),
    ("shown", "displayed"),
)
PASSAGE_WORDS = 110
CLAIM_WORDS = 12
MISTAKES = 0.04  # of the labels that triage gives


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question, what the model was given to answer it from, and the answer."""

    prompt: str
    response: str
    context: tuple[str, ...] = ()
    system: str = ""


class Desk(ABC):
    """Makes the exchanges of one route."""

    def __init__(self, samples: Samples, *, number: int, calls: float, draw: random.Random) -> None:
        self.samples = samples
        self.draw = draw
        self.number = number
        self.calls = max(calls, 1.0)

    @abstractmethod
    def exchange(self) -> Exchange:
        """Return the next exchange."""

    def foreign(self) -> str:
        """Return a real sentence that no passage of this desk supports."""
        return self.draw.choice(_claims(self.samples, 0))

    def questions(self, pool: Sequence[str]) -> Questions:
        """Return the pool as questions, as many of them bare as last for the whole time."""
        bare = min(0.4, 0.8 * len(pool) / self.calls)
        return Questions(pool, self.samples.phrases, desk=self.number, bare_share=bare, draw=self.draw)

    def signed(self, answer: str) -> str:
        """Return the answer with what assistants put around one."""
        phrases = self.samples.phrases
        return f"{self.draw.choice(phrases.lead_ins)}{answer}{self.draw.choice(phrases.signatures)}"

    def reworded(self, sentence: str) -> str:
        """Return the sentence in slightly other words, now and then."""
        if self.draw.random() < 0.5:  # noqa: PLR2004 - taste
            for old, new in REWORDED:
                sentence = sentence.replace(old, new)
        return sentence

    def some(self, sentences: Sequence[str], fewest: int, most: int) -> list[str]:
        """Return some of the sentences in their order."""
        n = min(len(sentences), self.draw.randint(fewest, most))
        return [sentences[i] for i in sorted(self.draw.sample(range(len(sentences)), n))]


class BankDesk(Desk):
    """Questions of Banking77; the three desks that use it hold a third of them each."""

    THIRDS: ClassVar[Mapping[str, int]] = {"help": 0, "bank_chat": 1, "triage": 2}
    system = "You are the assistant of a bank. Answer briefly."

    def __init__(
        self, samples: Samples, *, number: int, calls: float, draw: random.Random, kind: str
    ) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        self.kind = kind
        self.held = samples.banking[self.THIRDS[kind] :: 3]
        self.asked = self.questions([text for text, _ in self.held])
        self.intents = list(samples.articles)

    def exchange(self) -> Exchange:
        which, prompt = self.asked.next()
        intent = self.held[which][1]
        if self.kind == "triage":
            wrong = self.draw.random() < MISTAKES
            return Exchange(
                prompt, self.draw.choice(self.intents) if wrong else intent, system="Name the intent."
            )
        article = self.samples.articles[intent]
        said = " ".join(self.reworded(sentence) for sentence in self.some(article, 1, 3))
        if self.kind == "bank_chat":
            return Exchange(prompt, self.signed(said), system=self.system)
        return Exchange(prompt, said, context=self._passages(intent))

    def _passages(self, intent: str) -> tuple[str, ...]:
        names = [intent, *self.draw.sample(self.intents, 2)]
        self.draw.shuffle(names)
        return tuple(" ".join(self.samples.articles[name]) for name in names)


class AssistantDesk(Desk):
    """Queries of CLINC150 without the topic that is kept unseen, or of that topic alone."""

    system = "You are a helpful assistant at home and at work."

    def __init__(
        self, samples: Samples, *, number: int, calls: float, draw: random.Random, topics: Sequence[str]
    ) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        self.held = [(text, topic) for topic in topics for text in samples.assistant[topic]]
        self.asked = self.questions([text for text, _ in self.held])

    def exchange(self) -> Exchange:
        which, prompt = self.asked.next()
        replies = self.samples.phrases.replies[self.held[which][1]]
        return Exchange(prompt, self.signed(self.draw.choice(replies)), system=self.system)


class ChatDesk(Desk):
    """Real questions to a chat model with their real answers; half of HaluEval's each."""

    def __init__(
        self, samples: Samples, *, number: int, calls: float, draw: random.Random, kind: str
    ) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        self.grounded = kind == "knowledge"
        self.held = samples.chat[1 if self.grounded else 0 :: 2]
        self.asked = self.questions([text for text, _ in self.held])

    def exchange(self) -> Exchange:
        which, prompt = self.asked.next()
        sentences = self.held[which][1]
        if not self.grounded:
            return Exchange(prompt, " ".join(sentences))
        others = [self.draw.choice(self.held)[1] for _ in range(2)]
        passages = [_cut(" ".join(part)) for part in (sentences, *others)]
        said = " ".join(self.some(_kept(sentences), 1, 2))
        self.draw.shuffle(passages)
        return Exchange(prompt, said, context=tuple(passages))

    def foreign(self) -> str:
        """Return a sentence of the other half, which no passage here comes from."""
        return self.draw.choice(_claims(self.samples, 0 if self.grounded else 1))


class DocumentDesk(Desk):
    """Summaries and extracts of parts of real documents."""

    def __init__(
        self, samples: Samples, *, number: int, calls: float, draw: random.Random, kind: str
    ) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        phrases = samples.phrases
        self.wishes = phrases.summary_prompts if kind == "summary" else phrases.extract_prompts
        self.cases = cases(number)
        self.documents = [document for document in samples.documents if len(document) >= 4]  # noqa: PLR2004

    def exchange(self) -> Exchange:
        draw, phrases = self.draw, self.samples.phrases
        wish = draw.choice(self.wishes).format(
            who=draw.choice(phrases.readers), k=draw.choice(["two", "three", "four"])
        )
        prompt = f"{wish}{draw.choice(phrases.references).format(n=next(self.cases))}"
        document = draw.choice(self.documents)
        first = draw.randrange(max(1, len(document) - 9))
        part = document[first : first + 10]
        passages = tuple(" ".join(part[i : i + 4]) for i in range(0, len(part), 4))
        return Exchange(prompt, " ".join(self.some(part, 2, 3)), context=passages)


class CodeDesk(Desk):
    """Requests for code, or for a review of some."""

    def __init__(
        self, samples: Samples, *, number: int, calls: float, draw: random.Random, kind: str
    ) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        self.review = kind == "review"
        self.cases = cases(number)

    def exchange(self) -> Exchange:
        draw, phrases = self.draw, self.samples.phrases
        action, thing = draw.choice(phrases.code_actions), draw.choice(phrases.code_objects)
        language, limit = draw.choice(phrases.code_languages), draw.choice(phrases.code_limits)
        name = f"{action}_{thing.split()[-1]}".replace("-", "_").lower()
        body = draw.choice(phrases.code_bodies).format(f=name)
        nth = next(self.cases)
        if self.review:
            asked = f"{draw.choice(phrases.review_actions)} to {action} {thing} (change {nth}):\n{body}"
            return Exchange(asked, " ".join(self.some(phrases.review_replies, 1, 3)))
        return Exchange(f"Write {language} to {action} {thing} {limit} (task {nth}).", f"{body}\n")


class ForeignDesk(Desk):
    """Questions and replies in a second language."""

    def __init__(self, samples: Samples, *, number: int, calls: float, draw: random.Random) -> None:
        super().__init__(samples, number=number, calls=calls, draw=draw)
        self.languages: list[OtherLanguage] = list(samples.phrases.other_languages.values())
        self.cases = cases(number)

    def exchange(self) -> Exchange:
        language = self.draw.choice(self.languages)
        stem, tail = self.draw.choice(language.stems), self.draw.choice(language.tails)
        return Exchange(f"{stem}{tail}? ({next(self.cases)})", self.draw.choice(language.replies))


def desk(kind: str, samples: Samples, *, number: int, calls: float, draw: random.Random, topic: str) -> Desk:
    """Return the desk of a kind of route; `topic` is what no route has seen yet."""
    match kind:
        case "help" | "bank_chat" | "triage":
            return BankDesk(samples, number=number, calls=calls, draw=draw, kind=kind)
        case "assistant":
            seen = [name for name in samples.assistant if name != topic]
            return AssistantDesk(samples, number=number, calls=calls, draw=draw, topics=seen)
        case "unseen":
            return AssistantDesk(samples, number=number, calls=calls, draw=draw, topics=[topic])
        case "chat" | "knowledge":
            return ChatDesk(samples, number=number, calls=calls, draw=draw, kind=kind)
        case "summary" | "extract":
            return DocumentDesk(samples, number=number, calls=calls, draw=draw, kind=kind)
        case "code" | "review":
            return CodeDesk(samples, number=number, calls=calls, draw=draw, kind=kind)
    raise ValueError(f"the fleet's table names a kind of route that nobody serves: {kind}")


@cache
def _claims(samples: Samples, half: int) -> list[str]:
    """Return the sentences of half the chat's answers that say enough to be wrong."""
    return [
        sentence
        for _, sentences in samples.chat[half::2]
        for sentence in sentences
        if len(sentence.split()) >= CLAIM_WORDS
    ]


def _kept(sentences: Sequence[str]) -> list[str]:
    """Return the sentences that stay whole when a passage is cut."""
    kept: list[str] = []
    words = 0
    for sentence in sentences:
        words += len(sentence.split())
        if kept and words > PASSAGE_WORDS:
            break
        kept.append(sentence)
    return kept


def _cut(passage: str) -> str:
    return " ".join(passage.split()[:PASSAGE_WORDS])
