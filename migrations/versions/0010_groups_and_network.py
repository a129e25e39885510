"""Groups and the network: requests, productions, reports, notes, files, exchanges, common actions, glossary, library, news.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "glossary_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("abbreviation", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=40), nullable=False),
        sa.Column("meaning", sa.String(length=300), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_glossary_entry_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_entry")),
        sa.UniqueConstraint("folded", "language", name=op.f("uq_glossary_entry_folded")),
    )
    op.create_table(
        "news_choice",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("rhythm", sa.String(length=8), nullable=False),
        sa.Column("chosen_at", sa.DateTime(), nullable=True),
        sa.Column("told_until", sa.DateTime(), nullable=False),
        sa.Column("stopped_by_link", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_news_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_news_choice")),
    )
    op.create_table(
        "circle_file",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("removed_by", sa.String(length=36), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_circle_file_circle_id_circle")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_circle_file_made_by_person")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_circle_file_removed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_file")),
    )
    with op.batch_alter_table("circle_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_file_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_file_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("twice", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("removed_by", sa.String(length=36), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_note_changed_by_person")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_note_circle_id_circle")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_note_made_by_person")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_note_removed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "reference",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("authors", sa.String(length=300), nullable=True),
        sa.Column("publisher", sa.String(length=200), nullable=True),
        sa.Column("year", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("determinants", sa.String(length=200), nullable=False),
        sa.Column("axes", sa.String(length=60), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_reference_circle_id_circle")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_reference_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference")),
    )
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reference_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reference_made_by"), ["made_by"], unique=False)

    op.create_table(
        "seat_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=36), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_seat_request_answered_by_person")
        ),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_seat_request_circle_id_circle")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_seat_request_made_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_request")),
    )
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_request_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_seat_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_seat_request_waiting",
            ["circle_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "circle_file_version",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("file_id", sa.String(length=36), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["circle_file.id"], name=op.f("fk_circle_file_version_file_id_circle_file")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_circle_file_version_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_file_version")),
        sa.UniqueConstraint("file_id", "rev", name=op.f("uq_circle_file_version_file_id")),
    )
    with op.batch_alter_table("circle_file_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_file_version_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_file_version_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_file_version_sha256"), ["sha256"], unique=False)

    op.create_table(
        "exchange_notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("languages", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("region", sa.String(length=5), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("circle_id", sa.String(length=36), nullable=True),
        sa.Column("fiche_id", sa.String(length=36), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_exchange_notice_circle_id_circle")
        ),
        sa.ForeignKeyConstraint(["fiche_id"], ["fiche.id"], name=op.f("fk_exchange_notice_fiche_id_fiche")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_exchange_notice_made_by_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_exchange_notice_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_exchange_notice_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_notice")),
    )
    with op.batch_alter_table("exchange_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_notice_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_notice_fiche_id"), ["fiche_id"], unique=False)
        batch_op.create_index("ix_exchange_notice_open", ["kind", "closed_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_exchange_notice_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_exchange_notice_person_id"), ["person_id"], unique=False)

    op.create_table(
        "joint_action",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("axis", sa.String(length=3), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("circle_id", sa.String(length=36), nullable=True),
        sa.Column("fiche_id", sa.String(length=36), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_joint_action_circle_id_circle")),
        sa.ForeignKeyConstraint(["fiche_id"], ["fiche.id"], name=op.f("fk_joint_action_fiche_id_fiche")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_joint_action_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_action")),
        sa.UniqueConstraint("number", name=op.f("uq_joint_action_number")),
    )
    with op.batch_alter_table("joint_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joint_action_made_by"), ["made_by"], unique=False)

    op.create_table(
        "note_revision",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("note_id", sa.String(length=36), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("posted", sa.Text(), nullable=True),
        sa.Column("twice", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("begun_at", sa.DateTime(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_note_revision_note_id_note")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_note_revision_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_revision")),
        sa.UniqueConstraint("note_id", "rev", name=op.f("uq_note_revision_note_id")),
    )
    with op.batch_alter_table("note_revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_revision_note_id"), ["note_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_note_revision_person_id"), ["person_id"], unique=False)

    op.create_table(
        "production",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("file_id", sa.String(length=36), nullable=True),
        sa.Column("note_id", sa.String(length=36), nullable=True),
        sa.Column("fiche_id", sa.String(length=36), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=36), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_production_changed_by_person")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_production_circle_id_circle")),
        sa.ForeignKeyConstraint(["fiche_id"], ["fiche.id"], name=op.f("fk_production_fiche_id_fiche")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["circle_file.id"], name=op.f("fk_production_file_id_circle_file")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_production_made_by_person")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_production_note_id_note")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_production_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_production")),
    )
    with op.batch_alter_table("production", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_production_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_production_person_id"), ["person_id"], unique=False)

    op.create_table(
        "circle_report",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("circle_id", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("sent_by", sa.String(length=36), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_circle_report_circle_id_circle")),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["agenda_item.id"],
            name=op.f("fk_circle_report_item_id_agenda_item"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_circle_report_made_by_person")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_circle_report_sent_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_report")),
    )
    with op.batch_alter_table("circle_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_report_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_report_item_id"), ["item_id"], unique=False)

    op.create_table(
        "exchange",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("offer_id", sa.String(length=36), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("circle_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("giver_id", sa.String(length=36), nullable=False),
        sa.Column("receiver_id", sa.String(length=36), nullable=False),
        sa.Column("mediator_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("giver_agreed_at", sa.DateTime(), nullable=True),
        sa.Column("receiver_agreed_at", sa.DateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("in_touch_at", sa.DateTime(), nullable=True),
        sa.Column("giver_named", sa.Boolean(), nullable=False),
        sa.Column("receiver_named", sa.Boolean(), nullable=False),
        sa.Column("end_words", sa.Text(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_exchange_circle_id_circle")),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name=op.f("fk_exchange_giver_id_person")),
        sa.ForeignKeyConstraint(["mediator_id"], ["person.id"], name=op.f("fk_exchange_mediator_id_person")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["exchange_notice.id"], name=op.f("fk_exchange_offer_id_exchange_notice")
        ),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_exchange_receiver_id_person")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["exchange_notice.id"], name=op.f("fk_exchange_request_id_exchange_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
    )
    with op.batch_alter_table("exchange", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_giver_id"), ["giver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_mediator_id"), ["mediator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_offer_id"), ["offer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_receiver_id"), ["receiver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_request_id"), ["request_id"], unique=False)

    op.create_table(
        "joint_action_partaking",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("words", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["joint_action.id"], name=op.f("fk_joint_action_partaking_action_id_joint_action")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_joint_action_partaking_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_joint_action_partaking_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_action_partaking")),
    )
    with op.batch_alter_table("joint_action_partaking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_joint_action_partaking_action_id"), ["action_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_joint_action_partaking_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_joint_action_partaking_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_partaking_open",
            ["action_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "exchange_evaluation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("exchange_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("learned", sa.String(length=300), nullable=True),
        sa.Column("worked", sa.String(length=300), nullable=True),
        sa.Column("following", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exchange_id"], ["exchange.id"], name=op.f("fk_exchange_evaluation_exchange_id_exchange")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_exchange_evaluation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_evaluation")),
        sa.UniqueConstraint("exchange_id", "person_id", name=op.f("uq_exchange_evaluation_exchange_id")),
    )
    with op.batch_alter_table("exchange_evaluation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exchange_evaluation_exchange_id"), ["exchange_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exchange_evaluation_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("circle_id", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_dossier_circle_id"), ["circle_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_dossier_circle_id_circle"), "circle", ["circle_id"], ["id"]
        )

    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.add_column(sa.Column("territory", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(length=20), nullable=True))


def downgrade():
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_dossier_circle_id_circle"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_dossier_circle_id"))
        batch_op.drop_column("circle_id")

    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.drop_column("decided_by")
        batch_op.drop_column("territory")

    with op.batch_alter_table("exchange_evaluation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_evaluation_person_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_evaluation_exchange_id"))

    op.drop_table("exchange_evaluation")
    with op.batch_alter_table("joint_action_partaking", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_partaking_open",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_joint_action_partaking_person_id"))
        batch_op.drop_index(batch_op.f("ix_joint_action_partaking_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_joint_action_partaking_action_id"))

    op.drop_table("joint_action_partaking")
    with op.batch_alter_table("exchange", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_request_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_receiver_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_offer_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_mediator_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_giver_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_circle_id"))

    op.drop_table("exchange")
    with op.batch_alter_table("circle_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_report_item_id"))
        batch_op.drop_index(batch_op.f("ix_circle_report_circle_id"))

    op.drop_table("circle_report")
    with op.batch_alter_table("production", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_production_person_id"))
        batch_op.drop_index(batch_op.f("ix_production_circle_id"))

    op.drop_table("production")
    with op.batch_alter_table("note_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_revision_person_id"))
        batch_op.drop_index(batch_op.f("ix_note_revision_note_id"))

    op.drop_table("note_revision")
    with op.batch_alter_table("joint_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_joint_action_made_by"))

    op.drop_table("joint_action")
    with op.batch_alter_table("exchange_notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exchange_notice_person_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_notice_organisation_id"))
        batch_op.drop_index("ix_exchange_notice_open")
        batch_op.drop_index(batch_op.f("ix_exchange_notice_fiche_id"))
        batch_op.drop_index(batch_op.f("ix_exchange_notice_circle_id"))

    op.drop_table("exchange_notice")
    with op.batch_alter_table("circle_file_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_file_version_sha256"))
        batch_op.drop_index(batch_op.f("ix_circle_file_version_person_id"))
        batch_op.drop_index(batch_op.f("ix_circle_file_version_file_id"))

    op.drop_table("circle_file_version")
    with op.batch_alter_table("seat_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seat_request_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_seat_request_person_id"))
        batch_op.drop_index(batch_op.f("ix_seat_request_circle_id"))

    op.drop_table("seat_request")
    with op.batch_alter_table("reference", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_made_by"))
        batch_op.drop_index(batch_op.f("ix_reference_circle_id"))

    op.drop_table("reference")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_circle_id"))
        batch_op.drop_index(batch_op.f("ix_note_changed_at"))

    op.drop_table("note")
    with op.batch_alter_table("circle_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_file_circle_id"))
        batch_op.drop_index(batch_op.f("ix_circle_file_changed_at"))

    op.drop_table("circle_file")
    op.drop_table("news_choice")
    op.drop_table("glossary_entry")
