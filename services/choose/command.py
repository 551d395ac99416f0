"""`fmwatch choose`: from the options to what is printed and the exit code."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Literal

from services.advisor.choose import Use, choose
from services.advisor.needs import read_needs
from services.catalogue.known import known_catalogue, price_book
from services.choose.document import document
from services.choose.told import told
from services.config import Config
from services.volume import Tokens
from services.wall import now


def show(
    config_file: Path | None,
    needs: str,
    tokens: Tokens,
    calls: float | None,
    *,
    as_json: bool,
    on: date | None = None,
) -> Literal[0, 1]:
    """Print the models that may serve a use; 1 where nobody states that any can.

    Parameters
    ----------
    on : the day to choose on; by default today
    """
    config = Config.load(config_file)
    on = on or now().date()
    catalogue = known_catalogue(config, on)
    use = Use(read_needs(needs, catalogue, sum(tokens)), tokens.input, tokens.output, calls)
    found = choose(use, catalogue, price_book(config, catalogue), on)
    if as_json:
        sys.stdout.write(json.dumps(document(found, use, catalogue, on), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in told(found, use, catalogue, on))
    return 0 if found.feasible else 1
