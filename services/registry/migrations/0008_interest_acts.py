"""how and why an interest was declared, ended or annulled is kept by itself, until its last day"""

import sqlalchemy as sa
from alembic import op

revision = "interest_acts"
down_revision = "declarations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "private_interest_acts",
        sa.Column("interest_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=True),
        sa.Column("acted_by", sa.Uuid(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "act <> 'declared' OR acted_by = person_id OR ground = 'panel' OR document_hash IS NOT NULL",
            name=op.f("ck_private_interest_acts_evidence"),
        ),
        sa.CheckConstraint(
            "act NOT IN ('ended', 'annulled') OR document_hash IS NOT NULL",
            name=op.f("ck_private_interest_acts_end_evidence"),
        ),
        sa.CheckConstraint(
            "act NOT IN ('ended', 'annulled') OR acted_by <> person_id", name=op.f("ck_private_interest_acts_another")
        ),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["declarations.id"], name=op.f("fk_private_interest_acts_interest_id")
        ),
        sa.PrimaryKeyConstraint("interest_id", "number", name=op.f("pk_private_interest_acts")),
        comment="how and why each interest was declared, ended or annulled;"
        " purpose: keeping persons away from decisions",
    )
    op.create_index(op.f("ix_private_interest_acts_person_id"), "private_interest_acts", ["person_id"], unique=False)
    kept = "INSERT INTO private_interest_acts SELECT id, {}, uuid_send(gen_random_uuid()), {} FROM"
    over = "CASE state WHEN 'ended' THEN (last_day + interval '15 years')::date END"
    at = "({}::timestamp AT TIME ZONE 'Asia/Shanghai')"
    declared = f"1, person_id, 'declared', ground, document_hash, declared_by, {at.format('declared_on')}"
    ended = f"2, person_id, 'ended', ended_because, end_document_hash, ended_by, {at.format('last_day')}"
    op.execute(kept.format(declared, over) + " declarations")
    op.execute(kept.format(ended, over) + " declarations WHERE state = 'ended' AND ended_by <> declared_by")
    for name in ("state", "evidence", "another", "ended"):
        op.drop_constraint(op.f(f"ck_declarations_{name}"), "declarations")
    for name in ("ground", "document_hash", "ended_because", "end_document_hash"):
        op.drop_column("declarations", name)
    op.create_check_constraint(
        op.f("ck_declarations_state"), "declarations", "state IN ('standing', 'ended', 'annulled')"
    )
    op.create_check_constraint(
        op.f("ck_declarations_another"), "declarations", "ended_by <> person_id AND ended_by <> declared_by"
    )
    op.create_check_constraint(
        op.f("ck_declarations_ended"), "declarations", "(state = 'ended') = (last_day IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_declarations_ended_by"), "declarations", "(state = 'standing') = (ended_by IS NULL)"
    )


def downgrade() -> None:
    for name in ("state", "another", "ended", "ended_by"):
        op.drop_constraint(op.f(f"ck_declarations_{name}"), "declarations")
    for name in ("ground", "document_hash", "ended_because", "end_document_hash"):
        op.add_column("declarations", sa.Column(name, sa.Text(), nullable=True))
    op.execute(
        "DELETE FROM declarations d WHERE state = 'annulled' OR NOT EXISTS"
        " (SELECT FROM private_interest_acts a WHERE a.interest_id = d.id)"
    )
    op.execute(
        "UPDATE declarations d SET ground = a.ground, document_hash = a.document_hash FROM private_interest_acts a"
        " WHERE a.interest_id = d.id AND a.act = 'declared'"
    )
    op.execute(
        "UPDATE declarations d SET ended_because = a.ground, end_document_hash = a.document_hash"
        " FROM private_interest_acts a WHERE a.interest_id = d.id AND a.act = 'ended' AND d.state = 'ended'"
    )
    op.drop_table("private_interest_acts")
    op.alter_column("declarations", "ground", nullable=False)
    op.create_check_constraint(op.f("ck_declarations_state"), "declarations", "state IN ('standing', 'ended')")
    op.create_check_constraint(
        op.f("ck_declarations_evidence"),
        "declarations",
        "declared_by = person_id OR document_hash IS NOT NULL OR ground = 'panel'",
    )
    op.create_check_constraint(op.f("ck_declarations_another"), "declarations", "ended_by <> person_id")
    op.create_check_constraint(
        op.f("ck_declarations_ended"),
        "declarations",
        "num_nulls(last_day, ended_by, ended_because, end_document_hash) = CASE state WHEN 'ended' THEN 0 ELSE 4 END",
    )
