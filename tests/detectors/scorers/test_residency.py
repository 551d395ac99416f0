"""Whether a call ran where its route may: globs on platform and region."""

from __future__ import annotations

import math

import pytest

from detectors import registry
from detectors.batch import Batch
from detectors.scorers.residency import Allowed, Residency
from detectors.testing import generation

EU = Allowed(platforms=("azure", "aws.*"), regions=("eu-*", "SwedenCentral"))


@pytest.mark.parametrize(
    ("platform", "region", "label"),
    [
        ("azure", "eu-west-1", "ok"),
        ("Azure", "EU-West-1", "ok"),
        ("azure", "swedencentral", "ok"),
        ("aws.bedrock", "eu-central-1", "ok"),
        ("azure", "us-east-1", "violation"),
        ("azure", "", "not_assessable"),
        ("openai", "eu-west-1", "violation"),
        ("openai", "", "violation"),
    ],
)
def test_label(platform: str, region: str, label: str) -> None:
    """Both must be allowed; an unknown region is no violation, another platform always is one."""
    assert EU.label(platform, region) == label


def test_free() -> None:
    """A route without a list may run anywhere, also where nobody says where that is."""
    assert Allowed().label("openai", "") == "ok"


def test_column() -> None:
    """Each route has its own list; a violation is explained with what is allowed."""
    scorer = Residency(lambda route: EU if route == "law" else Allowed())
    events = [
        generation(route=route, platform="azure", region=region)
        for route, region in (("law", "us-east-1"), ("shop", "us-east-1"), ("law", ""))
    ]
    column = scorer.score(Batch(events, registry.encoder()))
    assert list(column.label) == ["violation", "ok", "not_assessable"]
    assert column.score[:2].tolist() == [1.0, 0.0]
    assert math.isnan(column.score[2])
    assert column.explain(0) == ("It ran on azure in us-east-1; allowed: azure, aws.*, eu-*, SwedenCentral.")
    assert column.explain(1) is None
