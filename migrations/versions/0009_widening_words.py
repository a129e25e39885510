"""Widening: the language of a candidate, when they were asked, until when they answer, what they asked, whether they refused.

Revision: 0009, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('widening', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sa.String(length=5), server_default='fr', nullable=False))
        batch_op.add_column(sa.Column('asked_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('link_until', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('question', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('question_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('refused', sa.Boolean(), server_default='0', nullable=False))


def downgrade():
    with op.batch_alter_table('widening', schema=None) as batch_op:
        batch_op.drop_column('refused')
        batch_op.drop_column('question_at')
        batch_op.drop_column('question')
        batch_op.drop_column('link_until')
        batch_op.drop_column('asked_at')
        batch_op.drop_column('language')
