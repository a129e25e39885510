"""News in the instance in which everything has happened: links to stop, pressed and not."""

from models import telling
from models.news import AT_ONCE, NEVER
from models.people import Person
from tests.support import cast


def _token(person: Person) -> str:
    from blueprints.news import mails

    return mails.signer().sign(person.id).decode()


def everything(out: dict[str, str]) -> None:
    """Inside writing()."""
    nadia, els = cast.person("contributor"), cast.person("group_member")
    telling.choose(nadia, AT_ONCE)
    telling.choose(els, NEVER, by_link=True)
    out["news_stop"], out["news_stopped"] = _token(nadia), _token(els)
