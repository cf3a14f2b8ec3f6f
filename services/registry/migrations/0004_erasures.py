"""what identifies a person can be erased; a login's subject lies apart from the login"""

import sqlalchemy as sa
from alembic import op

from shared.fields.places import HELD

revision = "erasures"
down_revision = "departures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("persons", sa.Column("erased_on", sa.Date(), nullable=True))
    _states("'registered', 'erased'")
    op.create_check_constraint(op.f("ck_persons_erased"), "persons", "(state = 'erased') = (erased_on IS NOT NULL)")
    op.create_table(
        "private_logins",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_private_logins_person_id")),
        sa.PrimaryKeyConstraint("person_id", "login", name=op.f("pk_private_logins")),
        comment="how the issuer calls a login that everything else knows by a hash; kept until its person is erased",
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_erasures_two_persons")),
        sa.CheckConstraint(
            "proposed_by <> person_id AND confirmed_by <> person_id", name=op.f("ck_erasures_another_person")
        ),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_by IS NOT NULL)", name=op.f("ck_erasures_confirmed")),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'withdrawn')", name=op.f("ck_erasures_state")),
        sa.CheckConstraint(HELD, name=op.f("ck_erasures_place")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_erasures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_person_id"), "erasures", ["person_id"])
    waits = sa.text("state <> 'withdrawn'")
    op.create_index("uq_erasures_one", "erasures", ["person_id"], unique=True, postgresql_where=waits)
    op.create_table(
        "erasure_answers",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("last_recorded_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasures.id"], name=op.f("fk_erasure_answers_erasure_id")),
        sa.PrimaryKeyConstraint("erasure_id", "service", name=op.f("pk_erasure_answers")),
        comment="until when each service's record goes of matters in which the person acted or is named; null: none",
    )


def downgrade() -> None:
    for table in ("erasure_answers", "erasures", "private_logins"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_persons_erased"), "persons")
    op.execute("UPDATE persons SET state = 'registered'")
    _states("'registered'")
    op.drop_column("persons", "erased_on")


def _states(names: str) -> None:
    op.drop_constraint(op.f("ck_persons_state"), "persons")
    op.create_check_constraint(op.f("ck_persons_state"), "persons", f"state IN ({names})")
