"""The examples in docstrings run, and print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import detectors

MODULES = [found.name for found in pkgutil.walk_packages(detectors.__path__, "detectors.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    """Every example of the module gives the output beside it."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0
