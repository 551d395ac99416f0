"""What a company says about models that no public list can know: deployments, private models, endpoints."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from services.config_section import Section

Name = Annotated[StrictStr, Field(min_length=1, max_length=256)]
Tokens = Annotated[StrictInt, Field(gt=0)]


class ModelConfig(Section):
    """One model of the company's own, or what it knows better than the lists.

    Attributes
    ----------
    model : the name that calls use
    serves : the platform's model that answers under that name, as behind a deployment of Azure
    base : MODEL or PLATFORM/MODEL that it was trained from: its limits and abilities hold
    ends : its announced last day; lives_until : it is promised to live until then
    regions : where it runs, in the platform's words: eu-central-1, or eu
    hourly_usd : what its endpoint costs an hour, whatever is called
    """

    platform: Name
    model: Name
    serves: Name | None = None
    base: Name | None = None
    mode: Literal["chat", "completion", "embedding"] | None = None
    status: Literal["active", "deprecated", "retired"] | None = None
    released: date | None = None
    ends: date | None = None
    lives_until: date | None = None
    context_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    modalities: tuple[Literal["text", "image", "audio", "video", "pdf"], ...] | None = None
    tools: StrictBool | None = None
    structured_output: StrictBool | None = None
    knowledge: date | None = None
    regions: Annotated[tuple[Name, ...] | None, Field(min_length=1)] = None
    hourly_usd: Annotated[StrictFloat, Field(gt=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        others = sorted(self.model_fields_set - {"platform", "model", "serves"})
        if self.serves and others:
            raise ValueError(
                f"serves says that another model answers under this name, whose facts hold: "
                f"leave out {', '.join(others)}, or leave out serves"
            )
        if self.ends and self.lives_until:
            raise ValueError("ends is an announced last day, lives_until a promise: say one of them")
        return self
