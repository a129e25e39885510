"""Tasks: what somebody took on in a circle, by when, and what became of it.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('task',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('circle_id', sa.String(length=36), nullable=False),
    sa.Column('meeting_id', sa.String(length=36), nullable=True),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('ended_by', sa.String(length=36), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('given_at', sa.DateTime(), nullable=True),
    sa.Column('soon_at', sa.DateTime(), nullable=True),
    sa.Column('late_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_task_circle_id_circle')),
    sa.ForeignKeyConstraint(['ended_by'], ['person.id'], name=op.f('fk_task_ended_by_person')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_task_item_id_agenda_item'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_task_made_by_person')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_task_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_task_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task'))
    )
    op.create_index('ix_task_circle_state', 'task', ['circle_id', 'state'], unique=False)
    op.create_index(op.f('ix_task_meeting_id'), 'task', ['meeting_id'], unique=False)
    op.create_index('ix_task_person_state', 'task', ['person_id', 'state'], unique=False)



def downgrade():
    op.drop_table("task")
