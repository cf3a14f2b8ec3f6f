"""A part of many like cases in `make test`, the others in the long form."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from zlib import crc32

import pytest

_Test = TypeVar("_Test", bound=Callable[..., Any])


def in_turn(
    names: str, cases: Sequence[Any], *, of: int, ids: Callable[[Any], str] | None = None
) -> Callable[[_Test], _Test]:
    """Parametrises a test by `cases`. One in `of` is tried by `make test`, another part for each test so that
    every case is tried by some of them; `make test-all` tries the rest."""

    def parametrised(test: _Test) -> _Test:
        turn = crc32(test.__name__.encode()) % of
        several = "," in names
        mark: Callable[[_Test], _Test] = pytest.mark.parametrize(
            names,
            [
                pytest.param(*(case if several else (case,)), marks=() if at % of == turn else pytest.mark.long)
                for at, case in enumerate(cases)
            ],
            ids=[ids(case) for case in cases] if ids else None,
        )
        return mark(test)

    return parametrised
