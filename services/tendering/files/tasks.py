"""What waits about tender files: to draft, and to check by another person."""

import sqlalchemy as sa

from services.tendering.files.records import FileState
from services.tendering.procurements.records import ProcurementState
from services.tendering.procurements.tasks import PROCUREMENT, of_procurement
from services.tendering.rulebook import TaskSection
from services.tendering.tables import procurements, tender_files
from shared.reading.tasks import ME, Kind, clause_in, clause_of

_p = procurements.c
_f = tender_files.c
FILE = of_procurement("tender_file", tender_files, "/v1/files/{}")
_version = tender_files.alias("version")
_drafted = sa.exists().where(_f.procurement_id == _p.id)
_later = sa.exists().where(_version.c.procurement_id == _p.id, _version.c.number > _f.number)
_wrote = sa.exists().where(_version.c.procurement_id == _p.id, _version.c.drafted_by == ME)

KINDS = (
    Kind(
        "draft_file",
        {"draft_file"},
        PROCUREMENT,
        sa.and_(_p.state == ProcurementState.DRAFTED, ~_drafted),
        _p.organisation,
        law=lambda book: clause_in(book.section(TaskSection).file_fields),
    ),
    Kind(
        "check_file",
        {"check_file"},
        FILE,
        sa.and_(_p.state == ProcurementState.DRAFTED, _f.state == FileState.DRAFTED, ~_later, ~_wrote),
        _f.organisation,
        law=lambda book: clause_of(book.section(TaskSection).separate_file_check),
    ),
)
