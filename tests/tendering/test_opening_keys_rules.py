from uuid import UUID, uuid4

import pytest

from services.tendering.opening_keys.rules import Split, may_register
from services.tendering.rulebook import OpeningKeySection
from shared.law.rulebook import rulebooks
from tests.tendering.examples import TODAY

OPENERS = frozenset(uuid4() for _ in range(3))


def refusals(threshold: int = 2, with_post: frozenset[UUID] = OPENERS) -> list[tuple[str, str]]:
    section = rulebooks().get("zhuhai-2021").section(OpeningKeySection)
    decision = may_register(Split(threshold, OPENERS, with_post), section, TODAY)
    return [(f.code, f.clause.id) for f in decision.findings if not f.satisfied]


@pytest.mark.parametrize(("threshold", "alone"), [(1, True), (2, False), (3, False)])
def test_one_opener_alone_never_suffices(threshold: int, alone: bool) -> None:
    assert refusals(threshold) == ([("one_opener_suffices", "IC12-33.2")] if alone else [])


def test_every_opener_holds_the_post_for_it() -> None:
    lacking = frozenset(list(OPENERS)[:2])

    assert refusals(with_post=lacking) == [("opener_without_post", "IC12-33.2")]
    assert refusals(with_post=OPENERS | {uuid4()}) == []
