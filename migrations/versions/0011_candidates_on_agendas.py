"""What an agenda says of a candidate: that there is one. Who may see the case reads on its link which one it is.

Revision: 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

# The item that a case was put on by itself bears its code in the title; one that somebody wrote does not.
OWN = "id IN (SELECT w.item_id FROM widening w WHERE instr(agenda_item.title, w.code) > 0)"
QUESTION = "Accueillir cette candidature\u00a0?"


def upgrade():
    plain = "UPDATE agenda_item SET title = 'Une candidature', decision_words = :question WHERE " + OWN
    op.execute(sa.text(plain).bindparams(question=QUESTION))


def downgrade():
    """What was said is gone, on purpose."""
