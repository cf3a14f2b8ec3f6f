"""How tender files look from outside."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.web.http import FindingView, View


class FileView(View):
    """A version of a tender file. `hash` is SHA-256 over the canonical JSON of `document`."""

    id: UUID
    version: int
    procurement_id: UUID
    number: int
    state: str
    hash: str
    drafted_by: UUID
    checked_by: UUID | None
    checked_on: date | None
    document: dict[str, Any]


class CheckView(BaseModel):
    """What the rules say of a file, without effect, told as a refusal tells it: `findings` are what would refuse or
    asks for a reason, `explain` is the rest. `hypothetical`: under a rulebook or on a day that is not the purchase's
    own, so that nothing follows from it."""

    file_id: UUID
    number: int
    rulebook: str
    as_of: date
    hypothetical: bool
    allowed: bool
    findings: list[FindingView]
    explain: list[FindingView]
