"""to which account a contract is paid, and whether its provider is a small or medium enterprise"""

import sqlalchemy as sa
from alembic import op

revision = "accounts"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=True),
        sa.Column("source_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        comment="copy: how purchasers and providers are called today, and a provider's unified social credit code",
    )
    op.create_table(
        "private_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.CheckConstraint("named_by <> agreed_by", name=op.f("ck_private_accounts_two_persons")),
        sa.CheckConstraint("(agreed_by IS NULL) = (agreed_on IS NULL)", name=op.f("ck_private_accounts_agreed")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_private_accounts_contract_id_contracts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_accounts")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_private_accounts_contract_id_number")),
        comment="to which account a contract is paid, every one agreed; purpose: paying it and the files the law has kept",
    )
    op.create_index(
        "uq_private_accounts_one_open",
        "private_accounts",
        ["contract_id"],
        unique=True,
        postgresql_where=sa.text("agreed_by IS NULL"),
    )
    op.add_column(
        "contracts", sa.Column("small_or_medium", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("contracts", "small_or_medium")
    op.drop_table("private_accounts")
    op.drop_table("parties")
