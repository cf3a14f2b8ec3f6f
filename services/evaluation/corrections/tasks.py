"""What waits about corrections: another person's word."""

from dataclasses import replace

import sqlalchemy as sa

from services.evaluation.corrections.records import CorrectionState
from services.evaluation.plans.tasks import of_contract
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.tables import corrections, evaluations
from shared.reading.tasks import ME, Kind, clause_of

_e = evaluations.c
_k = corrections.c
CORRECTION = replace(of_contract("correction", corrections, "/v1/evaluations/{}/corrections"), within=_k.evaluation_id)

_up_to_date = sa.exists().where(
    _e.id == _k.evaluation_id, _e.result_version == _k.corrects, _e.kept_apart.is_distinct_from(ME)
)

KINDS = (
    Kind(
        "approve_correction",
        {"conclude_evaluation"},
        CORRECTION,
        sa.and_(_k.state == CorrectionState.PROPOSED, _k.proposed_by != ME, _up_to_date),
        _k.organisation,
        law=lambda book: clause_of(book.section(ConclusionSection).incompatible_posts_separated),
    ),
)
