"""every entry of a project's steps is kept, and replaced by another person alone"""

import sqlalchemy as sa
from alembic import op

revision = "steps"
down_revision = "machines"
branch_labels = None
depends_on = None

_CHECKS = {
    "two_persons": "recorded_by <> corrects_by",
    "number": "number = coalesce(corrects, 0) + 1",
    "corrects": "num_nulls(corrects, corrects_by, reason) IN (0, 3)",
    "occurred": "occurred_on <= recorded_on AND (occurred_on IS NOT NULL OR number > 1)",
    "step": "step IN ('deliberation', 'vote')",
    "votes": "num_nulls(votes_for, votes_against) ="
    " CASE WHEN step = 'vote' AND occurred_on IS NOT NULL THEN 0 ELSE 2 END",
}
# Who recorded a step was not kept: the entry names who proposed the project, with the day on which that was.
_FROM_PROJECTS = (
    "INSERT INTO project_steps (id, key, version, jurisdiction, organisation, project_id, step, number, occurred_on,"
    " votes_for, votes_against, recorded_by, recorded_on)"
    " SELECT gen_random_uuid(), key, 1, jurisdiction, organisation, id, '{step}', 1, {day}, {votes}, proposed_by,"
    " greatest(proposed_on, {day}) FROM projects WHERE {day} IS NOT NULL"
)
# A deliberation recorded again after the vote made a vote that came before it: that vote is to be recorded anew.
_UNDO = (
    "UPDATE projects SET voted_on = NULL, votes_for = NULL, votes_against = NULL"
    " WHERE deliberated_on > voted_on AND reviewed_by IS NULL"
)


def upgrade() -> None:
    op.create_table(
        "project_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=True),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("corrects_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_project_steps_{name}")) for name, text in _CHECKS.items()),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name=op.f("fk_project_steps_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_steps")),
        sa.UniqueConstraint("project_id", "step", "number", name=op.f("uq_project_steps_project_id_step_number")),
        sa.UniqueConstraint("project_id", "step", "number", "recorded_by", name="uq_project_steps_recorder"),
        sa.ForeignKeyConstraint(
            ["project_id", "step", "corrects", "corrects_by"],
            [f"project_steps.{name}" for name in ("project_id", "step", "number", "recorded_by")],
            name="fk_project_steps_corrects",
        ),
    )
    op.create_index(op.f("ix_project_steps_key"), "project_steps", ["key"])
    op.create_index(op.f("ix_project_steps_organisation"), "project_steps", ["organisation"])
    op.execute(_FROM_PROJECTS.format(step="deliberation", day="deliberated_on", votes="NULL, NULL"))
    op.execute(_FROM_PROJECTS.format(step="vote", day="voted_on", votes="votes_for, votes_against"))
    op.execute(_UNDO)
    order = "deliberated_on <= voted_on OR reviewed_by IS NOT NULL"
    op.create_check_constraint(op.f("ck_projects_steps_in_order"), "projects", order)


def downgrade() -> None:
    op.drop_constraint("ck_projects_steps_in_order", "projects")
    op.drop_table("project_steps")
