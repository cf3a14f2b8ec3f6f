"""What catalog's journal says of money, budget lines and what was asked for and approved on them, and of what is
bought: directories, projects, requirements and what the public was asked."""

from collections.abc import Mapping
from typing import Any

from services.catalog.commitments.events import CommitmentStands
from services.catalog.directories.store import contents_hash
from services.catalog.projects.events import ProjectMoved
from services.catalog.requirements.store import hash_of
from services.catalog.tables import (
    ANSWERED,
    ASKED,
    COMMITMENT,
    CONSULTATION,
    DECIDED_ANEW,
    DECLARED,
    EDITION,
    PROJECT,
    STEP,
)
from services.catalog.withdrawals.events import BudgetReleased, ProjectWithdrawalProposed
from shared.events import Event
from shared.events.catalog import (
    BudgetApproved,
    BudgetLineAdjusted,
    BudgetLineOpened,
    BudgetReturned,
    BudgetSubmitted,
    CommitmentDecided,
    CommitmentFreed,
    ConsultationOpened,
    ConsultationWithdrawn,
    DirectoryDrafted,
    DirectoryPublished,
    FeedbackDisposed,
    FeedbackReceived,
    ProjectAdvanced,
    ProjectApproved,
    ProjectCleared,
    ProjectDeclined,
    ProjectProposed,
    ProjectStepCorrected,
    RequirementFinalised,
    RequirementReturned,
    RequirementWritten,
)
from shared.road.recorded import ACTOR, ANY, DAY, OWNED, Is, Nth, Rows, Says, Value, as_json, if_told

LINES = Rows(
    "budget_lines",
    # What is allotted on a line is the fiscal part of the budgets that are approved on it.
    "SELECT *, allotted = (SELECT coalesce(sum((s ->> 'amount')::numeric), 0) FROM budgets b,"
    " jsonb_array_elements(b.sources) s WHERE b.line_id = budget_lines.id AND b.state = 'approved'"
    " AND s ->> 'kind' = 'fiscal') AS adds_up FROM budget_lines",
    ("id",),
    whole=True,
    owned=OWNED,
)
AMOUNTS = Rows(
    "line_amounts",
    "SELECT line_id, number, amount, entered_by, entered_on FROM line_amounts",
    ("line_id", "number"),
    whole=True,
)
_AMOUNT = {"line_id": "line_id", "number": Nth()}
BUDGETS = Rows(
    "budgets",
    # What an approved budget has committed is the sum of what awards and contracts hold of it; else nothing said fits.
    "SELECT id, key, jurisdiction, organisation, project_id, line_id, sources, year, amount, adjusts, submitted_by,"
    " reviewed_by, reviewed_on, state, CASE WHEN state <> 'approved'"
    " OR committed = (SELECT coalesce(sum(c.amount), 0) FROM commitments c WHERE c.key = project_id"
    " AND c.year = budgets.year) THEN committed ELSE -1 END AS committed FROM budgets",
    ("id",),
    whole=True,
    makes={"asked": ASKED},
    owned=OWNED,
)
REQUIREMENTS = Rows(
    "requirements",
    # Another version takes the place of one that is written, and of one that is finalised when it is finalised itself.
    "SELECT r.*, CASE WHEN r.state = 'returned' THEN r.state WHEN (r.state = 'written') <= (r.reviewed_by IS NULL)"
    " AND (r.state = 'finalised') <= (r.reviewed_by IS NOT NULL) AND (r.state = 'replaced') = EXISTS (SELECT"
    " FROM requirements l WHERE l.project_id = r.project_id AND l.number > r.number AND (r.reviewed_by IS NULL"
    " OR l.state IN ('finalised', 'replaced') AND l.reviewed_by IS NOT NULL)) THEN"
    " CASE WHEN r.reviewed_by IS NULL THEN 'written' ELSE 'finalised' END ELSE 'out of turn' END AS stands"
    " FROM requirements r",
    ("id",),
    whole=True,
    reads={"content": lambda column: hash_of(as_json(column))},
    owned=OWNED,
)
_REQUIREMENT = {"id": "requirement_id"}
EDITIONS = Rows(
    "editions",
    "SELECT e.*, (SELECT jsonb_agg(jsonb_build_object('edition_id', edition_id, 'code', code, 'parent', parent,"
    " 'level', level, 'path', path, 'name_zh', name_zh, 'name_en', name_en, 'note', note))"
    " FROM edition_items WHERE edition_id = e.id) AS contents FROM editions e",
    ("id",),
    whole=True,
    reads={"contents": lambda column: contents_hash(as_json(column) or ())},
    makes={"facts": EDITION},
)
CHECKS = Rows(
    "negative_checks",
    "SELECT * FROM negative_checks",
    ("subject", "point"),
    whole=True,
    makes={"declared": DECLARED},
)
PROJECTS = Rows("projects", "SELECT * FROM projects", ("id",), whole=True, makes={"facts": PROJECT})
STEPS = Rows(
    "project_steps", "SELECT * FROM project_steps", ("project_id", "step", "number"), whole=True, makes={"facts": STEP}
)
COMMITMENTS = Rows(
    # Those of before they were told of are compared by their sum alone.
    "commitments",
    "SELECT * FROM commitments",
    ("id",),
    makes={"facts": COMMITMENT},
)
CONSULTATIONS = Rows("consultations", "SELECT * FROM consultations", ("id",), whole=True, makes={"facts": CONSULTATION})
FEEDBACK = Rows(
    "private_feedback",
    "SELECT * FROM private_feedback",
    ("id",),
    whole=True,
    makes={"facts": ANSWERED},
    swept=True,
)
DISPOSITIONS = Rows(
    "disposition_corrections",
    "SELECT * FROM disposition_corrections",
    ("feedback_id", "number"),
    whole=True,
    makes={"facts": DECIDED_ANEW},
)
_FACTS = {"facts": if_told("facts")}
_EDITION = {"id": "edition_id"}
_PROJECT = {"id": "project_id"}
_FEEDBACK = {"id": "feedback_id"}


def _committed(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Budgets approved before commitments were told hold what the migration gave them, until one is told."""
    return event.get("committed", ANY)


def _declared(event: type[Event], confirms: type[Event], subject: str, point: str) -> tuple[Says, Says]:
    """One person declares that something falls under no negative list, with what is made; another confirms it."""
    key: dict[str, Value] = {"subject": subject, "point": Is(point)}
    nobody = dict.fromkeys(("confirmed_by", "confirmed_on"), Is(None))
    said: dict[str, Value] = {"declared": if_told("declared"), "declared_by": ACTOR, "declared_on": DAY, **nobody}
    return (
        Says(event, CHECKS, key, said),
        Says(confirms, CHECKS, key, {"confirmed_by": ACTOR, "confirmed_on": DAY}, begins=False),
    )


_REVIEWED = {"reviewed_by": ACTOR, "reviewed_on": DAY}

RECORDED = (
    Says(DirectoryDrafted, EDITIONS, _EDITION, {"contents": if_told("contents"), "items": "items", **_FACTS}),
    Says(DirectoryPublished, EDITIONS, _EDITION, _FACTS, begins=False),
    *_declared(DirectoryDrafted, DirectoryPublished, "edition_id", "list_entry"),
    *_declared(ProjectProposed, ProjectApproved, "project_id", "project"),
    *_declared(RequirementWritten, RequirementFinalised, "requirement_id", "procurement"),
    Says(ProjectProposed, PROJECTS, _PROJECT, _FACTS),
    *(
        Says(event, PROJECTS, _PROJECT, _FACTS, begins=False)
        for event in (
            *(ProjectAdvanced, ProjectStepCorrected, ProjectApproved, ProjectCleared, ProjectMoved, ProjectDeclined),
            ProjectWithdrawalProposed,
        )
    ),
    *(
        Says(
            event,
            STEPS,
            {"project_id": "project_id", "step": "step", "number": "number"},
            {"facts": "facts"},
            each="entries",
        )
        for event in (ProjectAdvanced, ProjectStepCorrected)
    ),
    Says(CommitmentStands, COMMITMENTS, {"id": "commitment_id"}, {"facts": "facts"}),
    *(
        Says(event, CONSULTATIONS, {"id": "consultation_id"}, _FACTS)
        for event in (ConsultationOpened, ConsultationWithdrawn)
    ),
    *(Says(event, FEEDBACK, _FEEDBACK, _FACTS) for event in (FeedbackReceived, FeedbackDisposed)),
    Says(
        FeedbackDisposed,
        DISPOSITIONS,
        {"feedback_id": "feedback_id", "number": "number"},
        {"facts": "facts"},
        each="corrected",
    ),
    Says(
        RequirementWritten,
        REQUIREMENTS,
        _REQUIREMENT,
        {
            "project_id": "project_id",
            "number": "requirement_version",
            "hash": "requirement_hash",
            "content": "requirement_hash",
            "written_by": ACTOR,
            "written_on": DAY,
            "stands": Is("written"),
            "reviewed_by": Is(None),
            "reviewed_on": Is(None),
        },
    ),
    Says(RequirementReturned, REQUIREMENTS, _REQUIREMENT, {"stands": Is("returned"), **_REVIEWED}, begins=False),
    Says(
        RequirementFinalised,
        REQUIREMENTS,
        _REQUIREMENT,
        {"stands": Is("finalised"), **_REVIEWED},
        begins=False,
    ),
    Says(
        BudgetLineOpened,
        LINES,
        {"id": "line_id"},
        {"code": "code", "year": "year", "amount": "amount", "adds_up": Is(value=True)},
    ),
    Says(BudgetLineAdjusted, LINES, {"id": "line_id"}, {"amount": "amount"}),
    *(
        Says(event, AMOUNTS, _AMOUNT, {"amount": "amount", "entered_by": ACTOR, "entered_on": DAY})
        for event in (BudgetLineOpened, BudgetLineAdjusted)
    ),
    Says(
        BudgetSubmitted,
        BUDGETS,
        {"id": "budget_id"},
        {
            "project_id": "project_id",
            "year": "year",
            "amount": "amount",
            "adjusts": "adjusts",
            "submitted_by": ACTOR,
            "state": Is("submitted"),
            "committed": Is("0"),
            "reviewed_by": Is(None),
            "reviewed_on": Is(None),
            "asked": if_told("facts"),
        },
    ),
    Says(BudgetReturned, BUDGETS, {"id": "budget_id"}, {"state": Is("returned"), **_REVIEWED}),
    Says(BudgetReleased, BUDGETS, {"id": "budget_id"}, {"state": Is("returned")}, begins=False),
    Says(
        BudgetApproved,
        BUDGETS,
        {"id": "budget_id"},
        {"amount": "amount", "committed": _committed, "state": Is("approved"), **_REVIEWED},
    ),
    Says(BudgetApproved, BUDGETS, {"id": "adjusts"}, {"state": Is("replaced"), "committed": Is("0")}, begins=False),
    Says(CommitmentDecided, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
    Says(CommitmentFreed, BUDGETS, {"id": "budget_id"}, {"committed": "committed"}, begins=False),
)
