"""a proposal to end a contract is whole or not there, and of a signed one it is on a ground that ends contracts"""

from alembic import op

revision = "proposals"
down_revision = "receipts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A draft that was to be given up and was signed after all kept that proposal.
    op.execute(
        "UPDATE contracts SET ending_ground = NULL, ending_proposed_by = NULL WHERE signed_on IS NOT NULL"
        " AND ending_confirmed_by IS NULL"
        " AND ending_ground NOT IN ('agreement', 'public_interest_harm', 'provider_breach')"
    )
    op.create_check_constraint(
        op.f("ck_contracts_ending_proposed"), "contracts", "num_nulls(ending_ground, ending_proposed_by) IN (0, 2)"
    )
    op.create_check_constraint(
        op.f("ck_contracts_ending_of_what_is_signed"),
        "contracts",
        "signed_on IS NULL OR ending_ground IN ('agreement', 'public_interest_harm', 'provider_breach')",
    )


def downgrade() -> None:
    for name in ("ending_of_what_is_signed", "ending_proposed"):
        op.drop_constraint(op.f(f"ck_contracts_{name}"), "contracts", type_="check")
