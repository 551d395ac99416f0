"""Languages are told cheaply, and a text that does not tell stays unknown."""

import pytest

from detectors import language
from detectors.batch import Batch
from detectors.registry import encoder
from detectors.testing import generation
from detectors.text import words

KNOWN = {
    "en": [
        "How do I reset my password?",
        "What is the weather like?",
        "Write a poem about the sea.",
        "My card has not arrived yet, where is it?",
        "HOW DO I GET MY MONEY BACK",
    ],
    "de": ["Wie setze ich mein Passwort zurück?", "Meine Karte ist noch nicht angekommen."],
    "fr": ["Comment puis-je réinitialiser mon mot de passe ?", "Merci beaucoup pour votre aide"],
    "es": ["Mi tarjeta no ha llegado todavía.", "¿Cómo puedo restablecer mi contraseña?"],
    "it": ["La mia carta non è ancora arrivata.", "Come posso reimpostare la mia password?"],
    "pt": ["O meu cartão ainda não chegou."],
    "nl": ["Hoe kan ik mijn wachtwoord opnieuw instellen?", "Mijn kaart is nog niet aangekomen."],
    "pl": ["Jak mogę zresetować hasło?"],
    "ru": ["Как мне сбросить пароль?"],
    "ja": ["パスワードをリセットするにはどうすればいいですか"],
    "zh": ["我怎样重置我的密码"],
    "ko": ["비밀번호를 어떻게 재설정하나요?"],
    "ar": ["كيف يمكنني إعادة تعيين كلمة المرور؟"],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in KNOWN.items() for text in texts])
def test_known(code: str, text: str) -> None:
    """An ordinary sentence is told, also a short one."""
    assert language.of(text) == code


@pytest.mark.parametrize("text", ["", "42", "hello", "ok", "🙂🙂", "---", "x = y + 3", "ID 7-44-1", "\0"])
def test_unknown(text: str) -> None:
    """What could be many languages, or none, is not guessed at."""
    assert language.of(text) == language.UNKNOWN


@pytest.mark.parametrize("texts", KNOWN.values(), ids=KNOWN.keys())
def test_words_at_hand(texts: list[str]) -> None:
    """Words that were split before give the same answer."""
    assert [language.of(text, words(text)) for text in texts] == [language.of(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("What is this?", "en", True),
        ("ok", language.UNKNOWN, True),
        ("Ça va", language.UNKNOWN, False),
        ("Was ist das?", "de", False),
        ("", language.UNKNOWN, False),
        ("  \n", language.UNKNOWN, False),
    ],
)
def test_readable(text: str, said: str, expected: bool) -> None:
    """English is readable, and a text too short to tell if it is plain ASCII."""
    assert language.readable(text, said) is expected


def test_batch() -> None:
    """A batch tells the language of each prompt and each response."""
    batch = Batch(
        [generation(response="Bitte öffnen Sie die Einstellungen."), generation(response="")], encoder()
    )
    assert batch.prompt_language == ["en", "en"]
    assert batch.response_language == ["de", "unknown"]
