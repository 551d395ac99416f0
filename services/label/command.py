"""`fmwatch label`: serve the page until it is ended, then say what was judged."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

from services.config import Config
from services.label.page import LabelPage
from services.label.person import signed
from services.label.session import Session
from services.listening import address, answer, bound
from services.shadow.asking import Model, Span
from services.shadow.desk import desk
from services.shadow.errors import ShadowError
from services.wall import now


def run(
    data: Path,
    config_file: Path | None,
    span: Span,
    candidate: Model | None,
    *,
    person: str,
    port: int,
    as_json: bool,
) -> int:
    """Let a person judge pairs; 0 where any was judged.

    Raises
    ------
    ShadowError : there are no pairs
    """
    config = Config.load(config_file)
    try:
        person = signed(person or _login(), config.redact)
    except ShadowError as error:
        raise ShadowError(f"--person: {error}") from error
    with desk(data, config) as place:
        tenant = span.whose(place)
        wanted = span.compared(tenant, candidate)
        pairs = place.pairs(wanted)
        if not pairs:
            raise ShadowError(
                f"route {span.route!r} has no pairs since {span.since:%Y-%m-%d}: fmwatch shadow makes them"
            )
        session = Session(pairs, place.said(wanted), person)
        page = LabelPage(session, place, route=span.route, tenant=tenant, clock=now)
        with bound("127.0.0.1", port) as door:
            sys.stderr.write(f"judge here: {address(door)}/{page.token}/ (Ctrl-C ends it)\n")
            sys.stderr.flush()
            answer(page.app(), door)
    _tell(session, span.route, as_json=as_json)
    return 0 if session.judged else 1


def _tell(session: Session, route: str, *, as_json: bool) -> None:
    agreed = session.agreement
    if as_json:
        found = {
            "route": route,
            "person": session.person,
            "judged": session.judged,
            "left": session.left,
            "agreement": agreed._asdict(),
        }
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return
    sys.stdout.write(f"{session.judged:,} pairs judged by {session.person}, {session.left:,} to go\n")
    if agreed.answers:
        alpha = "" if agreed.alpha is None else f", Krippendorff's alpha {agreed.alpha:.2f}"
        sys.stdout.write(
            f"several people judged {agreed.answers:,} answers, {agreed.same:,} the same{alpha}\n"
        )


def _login() -> str:
    """Return under which name the system knows who sits here; "somebody" where it knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
