from __future__ import annotations

from pathlib import Path

from services.shadow.journal import FILE, Journal

CAP = 1_000


def test_claimed_once(tmp_path: Path) -> None:
    """What was asked is not asked again, by whatever process, until it is given back."""
    with Journal(tmp_path) as one, Journal(tmp_path) as other:
        assert one.claim("c", "r1", 5, CAP)
        assert not other.claim("c", "r1", 5, CAP)
        assert other.claim("another", "r1", 5, CAP)
        one.release("c", "r1")
        assert other.claim("c", "r1", 5, CAP)


def test_one_cap(tmp_path: Path) -> None:
    """Two runs of one comparison spend together no more than one may."""
    with Journal(tmp_path) as one, Journal(tmp_path) as other:
        assert one.claim("c", "r1", 60, 100)
        assert not other.claim("c", "r2", 60, 100)
        one.answered("c", "r1", 40, b"x")
        assert other.claim("c", "r2", 60, 100)


def test_reopened(tmp_path: Path) -> None:
    """A process that was killed leaves what it asked, what that cost at most, and what it had not stored."""
    with Journal(tmp_path) as journal:
        for request in ("r1", "r2", "r3"):
            journal.claim("c", request, 100, CAP)
        journal.answered("c", "r1", 7, b'{"a":1}')
        journal.answered("c", "r2", 8, b'{"b":2}')
        journal.stored("c", ["r1"])
    with Journal(tmp_path) as journal:
        assert journal.claimed("c") == {"r1": True, "r2": True, "r3": False}
        assert journal.waiting("c") == [("r2", b'{"b":2}')]
        assert journal.spent("c") == 7 + 8 + 100
        assert journal.spent("nobody") == 0


def test_wiped(tmp_path: Path) -> None:
    """What people and models said is gone once the log has it; only the owner reads the file."""
    with Journal(tmp_path) as journal:
        journal.claim("c", "r1", 1, CAP)
        journal.answered("c", "r1", 1, b"what a person said")
        assert b"a person said" in (tmp_path / FILE).read_bytes()
        journal.stored("c", ["r1"])
    assert b"a person said" not in (tmp_path / FILE).read_bytes()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
