"""By what an unreadable line is known to be somebody's: in the store and in the log alike."""

from __future__ import annotations

import pytest

from store.database import Database
from store.erasures import Erasures
from store.subject import Subject
from stream.erased_lines import kept
from stream.topics import GENERATIONS

LONG, SHORT = "customer-1", "17"
NAMED = [
    (LONG, '{"user_hash": "customer-1", "prompt', True),
    (LONG, '{"user_hash": "customer-12", "prompt', False),
    (LONG, '{"user_hash": "a_customer-1", "prompt', False),
    (LONG, "{'user': 'customer-1'", True),
    (LONG, "customer-1", True),
    (LONG, "{ customer-1", True),
    (LONG, "customer-1\n{", True),
    (LONG, r'{"a": "{\"user_hash\": \"customer-1\"', True),
    (LONG, r'{"a": "said\ncustomer-1\nand', True),
    (LONG, r'{"a": "said\u003ccustomer-1', True),
    (LONG, '{"a": "ä customer-1', True),
    (LONG, '{"user_hash": "customer.1', False),
    ("c.stomer-(1)+\\ 'x'", '{"user": "c.stomer-(1)+\\ \'x\'"', True),
    ("c.stomer-(1)", '{"user": "customer-(1)', False),
    ("müller-hüber", '{"user": "müller-hüber', True),
    (SHORT, '{"user_hash": "17", "prompt', True),
    (SHORT, '{"user_hash": 17, "prompt', False),
    (SHORT, '{"user_hash": "171", "prompt', False),
]


@pytest.mark.parametrize(("user", "line", "named"), NAMED)
def test_named(database: Database, user: str, line: str, named: bool) -> None:
    """A hash counts where it stands as a whole word, a short one as a whole JSON string only."""
    subject = Subject(user)
    letters = "(SELECT 'a' AS tenant, {line:String} AS original)"
    sql = f"SELECT count() AS n FROM {letters} WHERE {subject.letters}"  # noqa: S608 - our own
    assert database.query(sql, {**subject.bound, "line": line})["n"] == [int(named)]
    stays = kept(subject, Erasures(database))
    assert stays(GENERATIONS, line.encode()) == (None if named else line.encode())
