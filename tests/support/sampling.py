"""A part of many like cases in `make test`, the others in the long form."""

from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import pytest


def in_turn(names: str, cases: Sequence[Any], *, of: int, ids: Callable[[Any], str] | None = None) -> Any:
    """Parametrises a test by `cases`. One in `of` is tried by `make test`, another part for each test so that
    every case is tried by some of them; `make test-all` tries the rest."""

    def parametrised(test: Callable[..., Any]) -> Callable[..., Any]:
        turn = crc32(test.__name__.encode()) % of
        several = "," in names
        return pytest.mark.parametrize(
            names,
            [
                pytest.param(*(case if several else (case,)), marks=() if at % of == turn else pytest.mark.long)
                for at, case in enumerate(cases)
            ],
            ids=[ids(case) for case in cases] if ids else None,
        )(test)

    return parametrised
