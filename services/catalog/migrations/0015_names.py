"""a directory item needs no English name"""

from alembic import op

revision = "names"
down_revision = "one_answer"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("edition_items", "name_en", nullable=True)


def downgrade() -> None:
    op.execute("UPDATE edition_items SET name_en = name_zh WHERE name_en IS NULL")
    op.alter_column("edition_items", "name_en", nullable=False)
