"""What devices hold and send: pictures ahead of their answers, edits that wait for a choice, the count of unsent items.

Columns are added in place: the tables are not rebuilt, and keep their rows as they are.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "received_file",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("posted_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_received_file_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "posted_sha256", name=op.f("pk_received_file")),
    )
    op.create_index(op.f("ix_received_file_sha256"), "received_file", ["sha256"], unique=False)
    op.add_column("held_edit", sa.Column("posted", sa.JSON(), nullable=True))
    op.add_column("held_edit", sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("device", sa.Column("held", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("device", sa.Column("held_at", sa.DateTime(), nullable=True))


def downgrade():
    op.drop_column("device", "held_at")
    op.drop_column("device", "held")
    op.drop_column("held_edit", "digest")
    op.drop_column("held_edit", "posted")
    op.drop_table("received_file")
