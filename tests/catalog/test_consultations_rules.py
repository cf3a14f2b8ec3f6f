"""How the public is asked, and what becomes of its answers."""

from datetime import date
from typing import Any

import pytest

from services.catalog.consultations.rules import dispose, open_consultation
from services.catalog.rulebook import ConsultationSection
from shared.law.decision import Decision
from shared.law.rulebook import rulebooks

CHENGDU = rulebooks().get("chengdu-2017").section(ConsultationSection)
ZHUHAI = rulebooks().get("zhuhai-2021").section(ConsultationSection)
TODAY, TOMORROW = date(2022, 3, 1), date(2022, 3, 2)


def failed(decision: Decision[Any]) -> list[tuple[str, str]]:
    return [(finding.code, finding.clause.id) for finding in decision.findings if finding.refuses]


@pytest.mark.parametrize("channel", ["sichuan_procurement_network", "department_official_media", "questionnaire"])
def test_each_channel_of_the_text_is_enough(channel: str) -> None:
    assert not open_consultation([channel], None, CHENGDU).refused


def test_a_consultation_without_channel_cannot_open() -> None:
    assert failed(open_consultation([], None, CHENGDU)) == [("channel_missing", "CD17-15.2")]


def test_a_further_channel_passes_with_a_reason_only() -> None:
    bare = open_consultation(["community_meeting"], None, CHENGDU)
    reasoned = open_consultation(["community_meeting"], "老年人不便上网", CHENGDU)

    assert failed(bare) == [("channel_without_reason", "CD17-15.2")]
    assert not reasoned.refused


def test_a_text_without_channels_leaves_them_open() -> None:
    assert not open_consultation([], None, ZHUHAI).refused


def test_what_is_not_adopted_is_so_for_a_reason() -> None:
    assert not dispose(True, None, CHENGDU).refused
    assert not dispose(False, "超出预算", CHENGDU).refused
    assert failed(dispose(False, None, CHENGDU)) == [("reason_missing", "CD17-15.3")]
    assert not dispose(False, None, ZHUHAI).refused
