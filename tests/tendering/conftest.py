"""The amounts that a province sets, and the demonstration adds, for the tests of tendering."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.law.rulebook import rulebooks

OVERLAYS = Path(__file__).parent / "overlays"


@pytest.fixture(scope="package", autouse=True)
def overlays() -> Iterator[None]:
    """The rulebooks of this folder's tests: those shipped, with thresholds of 400,000 and 4,000,000 CNY."""
    before = os.environ.get("GOUFU_RULEBOOKS")
    os.environ["GOUFU_RULEBOOKS"] = str(OVERLAYS)
    rulebooks.cache_clear()
    yield
    if before is None:
        del os.environ["GOUFU_RULEBOOKS"]
    else:
        os.environ["GOUFU_RULEBOOKS"] = before
    rulebooks.cache_clear()
