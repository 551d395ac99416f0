"""Words come out the same by the fast way and the slow one."""

import re

from hypothesis import given
from hypothesis import strategies as st

from detectors.text import words


@given(st.text())
def test_any_text(text: str) -> None:
    """The words are what the expression finds in the lower-cased text."""
    assert words(text) == re.findall(r"\w+", text.lower())


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii(text: str) -> None:
    """Plain ASCII goes by a table, with the same outcome."""
    assert words(text) == re.findall(r"\w+", text.lower())
