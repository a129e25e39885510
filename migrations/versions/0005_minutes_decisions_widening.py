"""minutes decisions recommendations widening

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('attendance',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('meeting_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('arrived_at', sa.DateTime(), nullable=True),
    sa.Column('left_at', sa.DateTime(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('noted_by', sa.String(length=36), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_attendance_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['noted_by'], ['person.id'], name=op.f('fk_attendance_noted_by_person')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_attendance_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance')),
    sa.UniqueConstraint('meeting_id', 'person_id', name=op.f('uq_attendance_meeting_id'))
    )
    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attendance_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attendance_person_id'), ['person_id'], unique=False)

    op.create_table('minutes',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('meeting_id', sa.String(length=36), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('comments_until', sa.DateTime(), nullable=True),
    sa.Column('proposed_by', sa.String(length=36), nullable=True),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('approved_by', sa.String(length=36), nullable=True),
    sa.Column('approved_at', sa.DateTime(), nullable=True),
    sa.Column('approved_in', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['approved_by'], ['person.id'], name=op.f('fk_minutes_approved_by_person')),
    sa.ForeignKeyConstraint(['approved_in'], ['meeting.id'], name=op.f('fk_minutes_approved_in_meeting')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_minutes_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_minutes_proposed_by_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_minutes')),
    sa.UniqueConstraint('meeting_id', 'version', name=op.f('uq_minutes_meeting_id'))
    )
    with op.batch_alter_table('minutes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_minutes_meeting_id'), ['meeting_id'], unique=False)

    op.create_table('contribution',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('meeting_id', sa.String(length=36), nullable=False),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('kind', sa.String(length=14), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('speaker', sa.String(length=200), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('said_at', sa.DateTime(), nullable=False),
    sa.Column('beside_id', sa.String(length=36), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('removed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_contribution_item_id_agenda_item')),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_contribution_made_by_person')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_contribution_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_contribution_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contribution'))
    )
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contribution_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contribution_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contribution_person_id'), ['person_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('circle_id', sa.String(length=36), nullable=False),
    sa.Column('meeting_id', sa.String(length=36), nullable=False),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('edition_id', sa.String(length=36), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('mode', sa.String(length=10), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('objections', sa.Text(), nullable=True),
    sa.Column('how', sa.String(length=6), nullable=True),
    sa.Column('votes_for', sa.Integer(), nullable=True),
    sa.Column('votes_against', sa.Integer(), nullable=True),
    sa.Column('votes_abstain', sa.Integer(), nullable=True),
    sa.Column('voices', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(), nullable=True),
    sa.Column('closed_at', sa.DateTime(), nullable=True),
    sa.Column('replaces_id', sa.String(length=36), nullable=True),
    sa.Column('beside_id', sa.String(length=36), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('decided_at', sa.DateTime(), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('removed_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_decision_circle_id_circle')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_decision_edition_id_edition')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_decision_item_id_agenda_item')),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_decision_made_by_person')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_decision_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['replaces_id'], ['decision.id'], name=op.f('fk_decision_replaces_id_decision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('number', name=op.f('uq_decision_number'))
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_edition_id'), ['edition_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_item_id'), ['item_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_meeting_id'), ['meeting_id'], unique=False)

    op.create_table('minutes_comment',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('minutes_id', sa.String(length=36), nullable=False),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('answered_by', sa.String(length=36), nullable=True),
    sa.Column('answered_at', sa.DateTime(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by'], ['person.id'], name=op.f('fk_minutes_comment_answered_by_person')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_minutes_comment_item_id_agenda_item')),
    sa.ForeignKeyConstraint(['minutes_id'], ['minutes.id'], name=op.f('fk_minutes_comment_minutes_id_minutes')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_minutes_comment_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_minutes_comment'))
    )
    with op.batch_alter_table('minutes_comment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_minutes_comment_minutes_id'), ['minutes_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_minutes_comment_person_id'), ['person_id'], unique=False)

    op.create_table('recommendation',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('circle_id', sa.String(length=36), nullable=False),
    sa.Column('edition_id', sa.String(length=36), nullable=True),
    sa.Column('meeting_id', sa.String(length=36), nullable=True),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('contribution_id', sa.String(length=36), nullable=True),
    sa.Column('decision_id', sa.String(length=36), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('addressee', sa.String(length=300), nullable=True),
    sa.Column('level', sa.String(length=10), nullable=True),
    sa.Column('determinants', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=36), nullable=True),
    sa.Column('made_at', sa.DateTime(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_recommendation_circle_id_circle')),
    sa.ForeignKeyConstraint(['contribution_id'], ['contribution.id'], name=op.f('fk_recommendation_contribution_id_contribution')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_recommendation_decision_id_decision')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_recommendation_edition_id_edition')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_recommendation_item_id_agenda_item')),
    sa.ForeignKeyConstraint(['made_by'], ['person.id'], name=op.f('fk_recommendation_made_by_person')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_recommendation_meeting_id_meeting')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recommendation')),
    sa.UniqueConstraint('number', name=op.f('uq_recommendation_number'))
    )
    with op.batch_alter_table('recommendation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recommendation_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recommendation_edition_id'), ['edition_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recommendation_meeting_id'), ['meeting_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_recommendation_state'), ['state'], unique=False)

    op.create_table('vote',
    sa.Column('decision_id', sa.String(length=36), nullable=False),
    sa.Column('voice_id', sa.String(length=36), nullable=False),
    sa.Column('choice', sa.String(length=7), nullable=False),
    sa.Column('cast_by', sa.String(length=36), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['cast_by'], ['person.id'], name=op.f('fk_vote_cast_by_person')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_vote_decision_id_decision')),
    sa.ForeignKeyConstraint(['voice_id'], ['person.id'], name=op.f('fk_vote_voice_id_person')),
    sa.PrimaryKeyConstraint('decision_id', 'voice_id', name=op.f('pk_vote'))
    )
    with op.batch_alter_table('vote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vote_voice_id'), ['voice_id'], unique=False)

    op.create_table('widening',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('circle_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=True),
    sa.Column('email', sa.String(length=255), nullable=True),
    sa.Column('organisation_id', sa.String(length=36), nullable=True),
    sa.Column('organisation', sa.String(length=200), nullable=True),
    sa.Column('type', sa.String(length=3), nullable=True),
    sa.Column('sector', sa.String(length=3), nullable=True),
    sa.Column('territory', sa.String(length=200), nullable=True),
    sa.Column('publics', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed_by', sa.String(length=36), nullable=True),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=True),
    sa.Column('agreed_at', sa.DateTime(), nullable=True),
    sa.Column('agreed_by', sa.String(length=36), nullable=True),
    sa.Column('opinion_from', sa.DateTime(), nullable=True),
    sa.Column('opinion_until', sa.DateTime(), nullable=True),
    sa.Column('item_id', sa.String(length=36), nullable=True),
    sa.Column('meeting_id', sa.String(length=36), nullable=True),
    sa.Column('decision_id', sa.String(length=36), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('sponsor_id', sa.String(length=36), nullable=True),
    sa.Column('person_id', sa.String(length=36), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('end_words', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['agreed_by'], ['person.id'], name=op.f('fk_widening_agreed_by_person')),
    sa.ForeignKeyConstraint(['circle_id'], ['circle.id'], name=op.f('fk_widening_circle_id_circle')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_widening_decision_id_decision')),
    sa.ForeignKeyConstraint(['item_id'], ['agenda_item.id'], name=op.f('fk_widening_item_id_agenda_item')),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_widening_meeting_id_meeting')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_widening_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_widening_person_id_person')),
    sa.ForeignKeyConstraint(['proposed_by'], ['person.id'], name=op.f('fk_widening_proposed_by_person')),
    sa.ForeignKeyConstraint(['sponsor_id'], ['person.id'], name=op.f('fk_widening_sponsor_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_widening')),
    sa.UniqueConstraint('code', name=op.f('uq_widening_code')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_widening_token_hash'))
    )
    with op.batch_alter_table('widening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_widening_circle_id'), ['circle_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_widening_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_widening_state'), ['state'], unique=False)

    op.create_table('recommendation_fiche',
    sa.Column('recommendation_id', sa.String(length=36), nullable=False),
    sa.Column('fiche_id', sa.String(length=36), nullable=False),
    sa.ForeignKeyConstraint(['fiche_id'], ['fiche.id'], name=op.f('fk_recommendation_fiche_fiche_id_fiche')),
    sa.ForeignKeyConstraint(['recommendation_id'], ['recommendation.id'], name=op.f('fk_recommendation_fiche_recommendation_id_recommendation')),
    sa.PrimaryKeyConstraint('recommendation_id', 'fiche_id', name=op.f('pk_recommendation_fiche'))
    )
    with op.batch_alter_table('recommendation_fiche', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recommendation_fiche_fiche_id'), ['fiche_id'], unique=False)

    op.create_table('widening_opinion',
    sa.Column('case_id', sa.String(length=36), nullable=False),
    sa.Column('person_id', sa.String(length=36), nullable=False),
    sa.Column('opinion', sa.String(length=6), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['widening.id'], name=op.f('fk_widening_opinion_case_id_widening')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_widening_opinion_person_id_person')),
    sa.PrimaryKeyConstraint('case_id', 'person_id', name=op.f('pk_widening_opinion'))
    )
    with op.batch_alter_table('widening_opinion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_widening_opinion_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('begun_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('ended_at', sa.DateTime(), nullable=True))



def downgrade():
    with op.batch_alter_table('agenda_item', schema=None) as batch_op:
        batch_op.drop_column('ended_at')
        batch_op.drop_column('begun_at')

    with op.batch_alter_table('widening_opinion', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_widening_opinion_person_id'))

    op.drop_table('widening_opinion')
    with op.batch_alter_table('recommendation_fiche', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recommendation_fiche_fiche_id'))

    op.drop_table('recommendation_fiche')
    with op.batch_alter_table('widening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_widening_state'))
        batch_op.drop_index(batch_op.f('ix_widening_person_id'))
        batch_op.drop_index(batch_op.f('ix_widening_circle_id'))

    op.drop_table('widening')
    with op.batch_alter_table('vote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_vote_voice_id'))

    op.drop_table('vote')
    with op.batch_alter_table('recommendation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_recommendation_state'))
        batch_op.drop_index(batch_op.f('ix_recommendation_meeting_id'))
        batch_op.drop_index(batch_op.f('ix_recommendation_edition_id'))
        batch_op.drop_index(batch_op.f('ix_recommendation_circle_id'))

    op.drop_table('recommendation')
    with op.batch_alter_table('minutes_comment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_minutes_comment_person_id'))
        batch_op.drop_index(batch_op.f('ix_minutes_comment_minutes_id'))

    op.drop_table('minutes_comment')
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_meeting_id'))
        batch_op.drop_index(batch_op.f('ix_decision_item_id'))
        batch_op.drop_index(batch_op.f('ix_decision_edition_id'))
        batch_op.drop_index(batch_op.f('ix_decision_circle_id'))

    op.drop_table('decision')
    with op.batch_alter_table('contribution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contribution_person_id'))
        batch_op.drop_index(batch_op.f('ix_contribution_meeting_id'))
        batch_op.drop_index(batch_op.f('ix_contribution_item_id'))

    op.drop_table('contribution')
    with op.batch_alter_table('minutes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_minutes_meeting_id'))

    op.drop_table('minutes')
    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_person_id'))
        batch_op.drop_index(batch_op.f('ix_attendance_meeting_id'))

    op.drop_table('attendance')
