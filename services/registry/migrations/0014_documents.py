"""tie documents to the records that name them, and keep them as long as the law asks"""

import sqlalchemy as sa
from alembic import op

revision = "documents"
down_revision = "orders"
branch_labels = None
depends_on = None

_STATES = "state IN ('pending', 'linked'"


def upgrade() -> None:
    op.create_table(
        "document_links",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_links_document_id")),
        sa.PrimaryKeyConstraint("document_id", "kind", "record", name=op.f("pk_document_links")),
    )
    op.drop_constraint(op.f("ck_documents_linked"), "documents")
    op.drop_constraint(op.f("ck_documents_state"), "documents")
    op.drop_index(op.f("ix_documents_linked_to"), table_name="documents")
    op.drop_column("documents", "linked_to")
    op.add_column("documents", sa.Column("keep_until", sa.Date(), nullable=True))
    # No command linked a document before; one that is linked nonetheless is kept for good.
    op.execute("UPDATE documents SET keep_until = 'infinity' WHERE state = 'linked'")
    op.create_check_constraint(op.f("ck_documents_state"), "documents", f"{_STATES}, 'erased')")
    op.create_check_constraint(op.f("ck_documents_kept"), "documents", "(state = 'pending') = (keep_until IS NULL)")
    op.create_index(op.f("ix_documents_sha256_organisation_id"), "documents", ["sha256", "organisation_id"])
    op.create_index("ix_documents_pending", "documents", ["uploaded_by"], postgresql_where=sa.text("state = 'pending'"))


def downgrade() -> None:
    op.drop_index("ix_documents_pending", table_name="documents")
    op.drop_index(op.f("ix_documents_sha256_organisation_id"), table_name="documents")
    op.drop_constraint(op.f("ck_documents_kept"), "documents")
    op.drop_constraint(op.f("ck_documents_state"), "documents")
    op.execute("DELETE FROM document_links USING documents d WHERE document_id = d.id AND d.state = 'erased'")
    op.execute("DELETE FROM documents WHERE state = 'erased'")
    op.add_column("documents", sa.Column("linked_to", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE documents d SET linked_to = (SELECT min(record::text)::uuid FROM document_links WHERE document_id = d.id)"
    )
    op.execute("UPDATE documents SET state = 'pending' WHERE linked_to IS NULL")
    op.drop_column("documents", "keep_until")
    op.create_check_constraint(op.f("ck_documents_state"), "documents", f"{_STATES})")
    op.create_check_constraint(op.f("ck_documents_linked"), "documents", "(state = 'linked') = (linked_to IS NOT NULL)")
    op.create_index(op.f("ix_documents_linked_to"), "documents", ["linked_to"])
    op.drop_table("document_links")
