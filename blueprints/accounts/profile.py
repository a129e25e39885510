"""My profile: what others read about me, who may read it, where I belong, and who writes for me."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts import bp
from blueprints.accounts.own import me
from blueprints.accounts.people import known_person
from blueprints.fiches.loading import typed
from blueprints.gate import needs
from blueprints.look import locale
from blueprints.network.forms import MemberForm, options
from models import companions, organisations, profiles
from models.companions import BadCompanion
from models.fiche.kinds import clean
from models.organisations import partial
from models.people import Person, by_email
from models.profiles import DETAILS, SEEN_BY, BadProfile, Shown
from models.store import db, writing


@bp.get("/account/profile")
@needs("account.own")
def profile() -> Any:
    return profile_page(profiles.details(me()))


def profile_page(
    shown: dict[str, Shown], status: int = 200, *, problems: Any = None, member: MemberForm | None = None
) -> Any:
    """The page, with what was typed and what is to be seen again."""
    who, problems, member = me(), problems or {}, member or MemberForm()
    mine = organisations.memberships(who)
    errors = [
        (f"d-{name}", f"{DETAILS[name].ask}\u00a0: {str(text)[:1].lower()}{str(text)[1:]}")
        for name, text in problems.items()
    ]
    page = render_template(
        "accounts/profile.html", who=who, shown=shown, problems=problems, seen_words=SEEN_BY, errors=errors + member.summary("o-"),
        languages=options("langue"), memberships=mine, member=member, offered="" if mine else who.organisation or "",
        offered_row=None if mine else organisations.named(who.organisation), posted=request.method == "POST",
    )  # fmt: skip
    return page, status


@bp.post("/account/profile")
@needs("account.own")
def change_profile() -> Any:
    who, posted = me(), typed()
    texts = {
        name: " ".join(posted.getlist(name))
        if d.kind == "languages"
        else clean(posted.get(name, ""), lines=d.kind == "text") or ""
        for name, d in DETAILS.items()
    }
    seen = {name: posted.get(f"seen-{name}", "") for name in DETAILS}
    try:
        with writing():
            who = db.session.get_one(Person, who.id)
            profiles.keep(who, texts, seen, who)
    except BadProfile as bad:
        texts["email"] = me().email or ""
        back = {name: Shown(d, texts[name], seen[name]) for name, d in DETAILS.items()}
        return profile_page(back, 422, problems=bad.problems)
    flash(_("Votre profil est gardé."), "ok")
    return redirect(url_for("network.person", person_id=who.id), 303)


@bp.post("/account/organisations")
@needs("organisation.make")
def belong() -> Any:
    """I belong to an organisation, by its name; one that nobody knows yet is added."""
    form, who = MemberForm(request.form), me()
    if not form.organisation.data:
        form.validate()
        form.organisation.errors = [_("Écrivez le nom de l’organisation.")]
    elif form.validate():
        with writing():
            who = db.session.get_one(Person, who.id)
            row = organisations.named(form.organisation.data)
            if row is None:
                language = locale()[:2] if locale()[:2] in organisations.NAME_LANGUAGES else "fr"
                row = organisations.add_organisation({f"name_{language}": form.organisation.data}, who)
            organisations.belong(who, row, who, function=form.function.data, since=partial(form.since.data))
            organisation_id = row.id
        flash(_("C’est noté. Voici sa page."), "ok")
        return redirect(url_for("network.show", organisation_id=organisation_id), 303)
    return profile_page(profiles.details(who), 422, member=form)


# ---- who writes for me


@bp.get("/account/companions")
@needs("account.own")
def companions_page() -> Any:
    return render_template("accounts/profile_companions.html", **who_writes(me()))


def who_writes(person: Person, error: Any = "", typed_email: str = "") -> dict[str, Any]:
    """What a page about companions needs."""
    return {
        "one": person, "companions": companions.companions_of(person), "helped": companions.helped_by(person),
        "error": error, "typed": typed_email,
    }  # fmt: skip


@bp.post("/account/companions")
@needs("account.own")
def change_companions() -> Any:
    who = me()
    error, email = changed_companions(who)
    if error:
        return render_template("accounts/profile_companions.html", **who_writes(me(), error, email)), 422
    return redirect(url_for("accounts.companions_page"), 303)


@bp.get("/people/<person_id>/companions")
@needs("companion.set", known_person, see="person.invite", into="person")
def person_companions(person: Person) -> Any:
    return render_template("accounts/person_companions.html", **who_writes(person))


@bp.post("/people/<person_id>/companions")
@needs("companion.set", known_person, see="person.invite", into="person")
def set_companions(person: Person) -> Any:
    person_id = person.id
    if person.merged_into:
        abort(404)
    error, email = changed_companions(person)
    if error:
        person = db.session.get_one(Person, person_id)
        return render_template("accounts/person_companions.html", **who_writes(person, error, email)), 422
    return redirect(url_for("accounts.person_companions", person_id=person_id), 303)


def changed_companions(person: Person) -> tuple[str, str]:
    """Add or take away a companion, as the form says; (what is wrong, the address that was typed)."""
    person_id, who_id, posted = person.id, me().id, typed()
    gone, email = posted.get("remove", "")[:36], posted.get("email", "").strip()
    try:
        with writing():
            person, who = db.session.get_one(Person, person_id), db.session.get_one(Person, who_id)
            if gone:
                companions.part(person, gone, who)
            else:
                companions.accompany(person, by_email(email), who)
    except BadCompanion as bad:
        return str(bad), email
    jobs.wake()
    flash(_("C’est noté."), "ok")
    return "", ""
