"""Measure the privacy patterns: what they find of what was planted, what they flag in ordinary chat.

python -m bench.privacy [--json] [--full]
"""

from __future__ import annotations

import csv
import json
import random
import string
import time
from collections.abc import Callable

import numpy as np
from fmwatch.event import Generation
from fmwatch.redaction import luhn

from bench.report import emit, options, required
from detectors.batch import Batch
from detectors.encoders.static import StaticEncoder
from detectors.scorers.privacy import Privacy
from detectors.testing import generation

Make = Callable[[random.Random], str]
FRAMES = ("My {} is wrong.", "Please use {}, thanks!", "({})", "see: {}\nRegards", "{}", "Is it {} or not?")


def main() -> None:
    """Print the document."""
    chosen = options(__doc__ or "")
    rows = [recall(kind, make, 5_000 if chosen.full else 500) for kind, make in PLANTED.items()]
    chat, questions = conversations(), banking()
    rows.append(flagged("halueval_general", chat) | {"us_per_event": cost(chat)})
    rows.append(flagged("banking77", questions))
    found = float(np.mean([float(str(row["recall"])) for row in rows if "recall" in row]))
    emit("privacy", found, "mean recall of planted values", n=len(chat), rows=rows, as_json=chosen.json)


def recall(kind: str, make: Make, n: int) -> dict[str, object]:
    """Return how many of `n` planted values of a kind are found as that kind, and how many as another too."""
    chance = random.Random(11)  # noqa: S311 - a seeded experiment, no secret
    events = [generation(prompt="", response=chance.choice(FRAMES).format(make(chance))) for _ in range(n)]
    found = Privacy().score(Batch(events, StaticEncoder())).parts["kinds"]
    right = sum(each == {kind.split(maxsplit=1)[0]: 1} for each in found)
    hit = sum(kind.split(maxsplit=1)[0] in each for each in found if isinstance(each, dict))
    return {"set": f"planted {kind}", "n": n, "recall": hit / n, "exactly_once": right / n}


def flagged(name: str, events: list[Generation]) -> dict[str, object]:
    """Return in how many ordinary conversations something is found."""
    labels = Privacy().score(Batch(events, StaticEncoder())).label
    return {"set": name, "n": len(events), "flagged": sum(label == "found" for label in labels)}


def banking() -> list[Generation]:
    """Return customers' questions to a bank, which hold no personal data."""
    with required("drift", "banking77", "train.csv").open(encoding="utf-8") as file:
        return [generation(prompt=row["text"], response="") for row in csv.DictReader(file)]


def conversations() -> list[Generation]:
    """Return real questions with their answers, in which personal data is rare."""
    text = required("traffic", "halueval_general", "general_data.json").read_text(encoding="utf-8")
    pairs = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [generation(prompt=one["user_query"], response=one["chatgpt_response"]) for one in pairs]


def cost(events: list[Generation]) -> float:
    """Return microseconds of CPU per event, median of five."""
    batch, seconds = Batch(events, StaticEncoder()), []
    for _ in range(5):
        began = time.process_time()
        Privacy().score(batch)
        seconds.append(time.process_time() - began)
    return 1e6 * float(np.median(seconds)) / len(events)


def _digits(chance: random.Random, n: int) -> str:
    return "".join(chance.choices(string.digits, k=n))


def _letters(chance: random.Random, n: int) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=n))


def _email(chance: random.Random) -> str:
    ending = chance.choice(["com", "co.uk", "io", "example.org", "de"])
    name = _letters(chance, 6) + chance.choice([".", "_", "+", ""]) + _letters(chance, 4)
    return f"{name}@{_letters(chance, 5)}.{ending}"


def _card(chance: random.Random) -> str:
    body = chance.choice(["4", "51", "37", "6011"])
    body += _digits(chance, (14 if body == "37" else 15) - len(body))
    whole = next(body + last for last in string.digits if luhn(body + last))
    gap = chance.choice(["", " ", "-"])
    return gap.join(whole[start : start + 4] for start in range(0, len(whole), 4))


def _iban(chance: random.Random) -> str:
    country, account = chance.choice([("DE", 18), ("GB", 0), ("FR", 23), ("NL", 0), ("ES", 20)])
    bank = "".join(chance.choices(string.ascii_uppercase, k=4)) if not account else ""
    rest = bank + _digits(chance, account or (14 if country == "GB" else 10))
    number = int("".join(str(int(letter, 36)) for letter in f"{rest}{country}00"))
    whole = f"{country}{98 - number % 97:02d}{rest}"
    return (
        " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))
        if chance.random() < 0.5
        else whole
    )


def _phone(chance: random.Random) -> str:
    a, b, c = chance.randint(200, 989), chance.randint(200, 989), _digits(chance, 4)
    return chance.choice(
        [f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"+1 {a} {b} {c}", f"+44 20 7{_digits(chance, 3)} {c}"]
    )


def _ssn(chance: random.Random) -> str:
    return f"{chance.randint(100, 665)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


def _ip(chance: random.Random) -> str:
    return ".".join(str(chance.randint(1, 254)) for _ in range(4))


def _secret(chance: random.Random) -> str:
    mixed = "".join(chance.choices(string.ascii_letters + string.digits, k=40))
    return chance.choice(
        [
            f"sk-{mixed}",
            "AKIA" + mixed[:16].upper(),
            f"ghp_{mixed[:36]}",
            f"AIza{mixed[:35]}",
            f"api_key={mixed[:31]}7",
            f"sk_live_{mixed[:24]}",
        ]
    )


PLANTED: dict[str, Make] = {
    "email": _email,
    "card": _card,
    "iban": _iban,
    "phone": _phone,
    "ssn": _ssn,
    "ip": _ip,
    "secret": _secret,
}

if __name__ == "__main__":
    main()
