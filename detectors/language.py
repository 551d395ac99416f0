"""Tell which language a text is in, or that one cannot tell: a wrong guess costs more than none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from detectors.text import words

UNKNOWN = "unknown"
ENGLISH = "en"
BEGINNING = 200  # characters; more of a text changes the guess rarely and costs most of the time
FIRST_WORDS = 35
SURE = 0.7  # from here on a guess is hardly ever wrong: docs/detectors/language.md
SURE_ENGLISH = 0.4  # the commonest language needs less
CACHED_TEXTS = 8_192

_MODELS = Path(__file__).parent / "models"


def of(text: str, split: Sequence[str] = ()) -> str:
    """Return the ISO 639-1 code of a text's language, or "unknown".

    Parameters
    ----------
    split : the text's words, where they are at hand already

    >>> of("How do I reset my password?"), of("Wie setze ich mein Passwort zurück?"), of("42")
    ('en', 'de', 'unknown')
    """
    found = set(split[:FIRST_WORDS] or words(text[:BEGINNING]))
    return ENGLISH if _is_english(found) else _of(text[:BEGINNING])


def readable(text: str, language: str) -> bool:
    """Say whether scorers made for English may judge a text: English, or too short to tell but in ASCII."""
    return language == ENGLISH or (language == UNKNOWN and text[:BEGINNING].isascii() and bool(text.strip()))


@lru_cache(CACHED_TEXTS)
def _of(text: str) -> str:
    if not any(map(str.isalpha, text)):
        return UNKNOWN
    language, confidence = _identifier().classify(text)
    return language if confidence >= (SURE_ENGLISH if language == ENGLISH else SURE) else UNKNOWN


def _is_english(found: set[str]) -> bool:
    """Decide most English texts in two microseconds: two function words, one of them English only."""
    only_english, shared = _function_words()
    certain = len(only_english & found)
    hits = certain + len(shared & found)
    return certain > 0 and hits > 1 and hits * 6 >= len(found)


@lru_cache(1)
def _function_words() -> tuple[frozenset[str], frozenset[str]]:
    """Words that hardly any other language has, and words that several have."""
    only_english, shared = (_MODELS / "english.txt").read_text(encoding="utf-8").split("\n\n")
    return frozenset(only_english.split()), frozenset(shared.split())


@lru_cache(1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages((_MODELS / "languages.txt").read_text(encoding="utf-8").split())
    return identifier


def forget() -> None:
    """Empty the cache, so that a benchmark times work and not memory."""
    _of.cache_clear()
