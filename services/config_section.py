"""What every part of the configuration file is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the file; a key that is not listed is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
