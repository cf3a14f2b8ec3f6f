"""Events of plans that are for the record alone."""

from typing import ClassVar
from uuid import UUID

from shared.events import Audience
from shared.events.evaluation import EvaluationEvent


class TargetsProposed(EvaluationEvent):
    """A person proposes targets after the start of service, or in the place of others; another decides."""

    name: ClassVar[str] = "targets_proposed"
    audience: ClassVar[Audience] = "internal"
    subject_field: ClassVar[str] = "targets_id"

    targets_id: UUID
    indicators: int
