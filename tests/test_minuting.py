"""What minutes say: composed from attendance, else from the answers; proposed, amended, approved, corrected."""

import json

from models import minuting
from models.meetings import meeting_by_code
from models.minutes import versions


def names(content, group):
    return [one["name"] for one in content["people"][group]]


def test_the_demonstration_has_minutes_that_say_everything(demo_app):
    """Three decisions of each kind, who carried whose voice, who left; and what was frozen is what is composed."""
    with demo_app.app_context():
        meeting = meeting_by_code("R-2016-03")
        (row,) = versions(meeting)
        content = row.content
        assert json.loads(json.dumps(content)) == content
        assert content == minuting.compose(meeting)
        decided = {d["number"]: d for item in content["items"] for d in item["decisions"]}
        assert (decided["D-2016-02"]["for"], decided["D-2016-02"]["against"]) == (3, 1)
        assert decided["D-2016-03"]["objections"]
        assert decided["D-2016-04"]["replaces"] == "D-2016-01"
        assert content["people"]["proxies"] == [{"name": "Léon Marchal", "carrier": "Nadia Bensaïd"}]
        assert names(content, "present") == [
            "Anne-Marie Lhoest",
            "Nadia Bensaïd",
            "Rosa Dupont, voisine de la salle",
        ]
        (els,) = minuting.revived(content)["people"]["remote"]
        assert els["left"].isoformat() == "2016-05-20T13:55:00+00:00"
        assert content["voices"] == {"present": 3, "carried": 1, "of": 4, "quorum": 0}
        assert (content["items"][1]["planned"], content["items"][1]["real"]) == (40, 48)
        assert content["next"]["code"] == "R-2016-04"
        assert meeting_by_code("R-2016-04").previous_id == meeting.id
