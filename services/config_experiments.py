"""Comparisons that a company declares before they begin, so that they may be looked at early."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StrictInt, StrictStr

from services.config_section import Section

PlatformModel = Annotated[StrictStr, Field(pattern=r"^[^/\s]+/\S+$")]


class ExperimentConfig(Section):
    """Two models on the routes of a glob.

    Attributes
    ----------
    incumbent, candidate : platform/model
    since : the day on which it begins; calls of before do not belong to it
    pairs : labelled pairs at its end, on each route
    """

    route: Annotated[StrictStr, Field(min_length=1)]
    incumbent: PlatformModel
    candidate: PlatformModel
    since: date
    pairs: Annotated[StrictInt, Field(ge=320, le=1_000_000)]  # the first look is at a sixteenth: 20 of them
