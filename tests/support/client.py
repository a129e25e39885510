"""The test client: checks every HTML page it receives, and fills in forms as a person does."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from flask.testing import FlaskClient
from lxml import html as parser
from werkzeug.datastructures import MultiDict

from tests.support.pagecheck import problems

Value = str | bool | list[str] | tuple | None


class CheckedClient(FlaskClient):
    """A FlaskClient that fails on a page with a problem (tests/support/pagecheck.py), whatever its status.

    Redirects and answers that are not HTML pass as they are. `checks_pages = False` is for a test that sends
    thousands of requests and looks at something else. With `nu`, each page goes through the Nu checker too.
    """

    checks_pages = True
    nu = None

    def open(self, *args: Any, **kwargs: Any):
        response = super().open(*args, **kwargs)
        is_page = response.mimetype == "text/html" and response.data and response.status_code // 100 != 3
        if self.checks_pages and is_page:
            self._check(response)
        return response

    def _check(self, response) -> None:
        found = problems(response.text)
        if self.nu is not None:
            found += [f"nu: {sentence}" for sentence in self.nu.problems(response.text)]
        if found:
            request = response.request
            lines = "\n  ".join(found)
            raise AssertionError(f"{request.method} {request.path} ({response.status_code}):\n  {lines}")

    def submit(self, page, values: Mapping[str, Value] = {}, *, form="", button="", **options: Any):
        """Fill in and send a form of `page`, a response; return the answer (redirects are not followed).

        `form` picks it by its id or by a piece of its action, needed where <main> has several; `button`
        picks by name or words. `values` holds text, a list for several choices, True or False for a box,
        None to leave a field out, or (file, name) for a file. What is not on the page is an error.
        """
        chosen = _find_form(page.text, form)
        fields = _fields(chosen)
        for name, value in values.items():
            _fill(chosen, fields, name, value)
        if button:
            _press(chosen, fields, button)
        method = (chosen.get("method") or "get").upper()
        target = urljoin(page.request.url, chosen.get("action") or page.request.url)
        where = "data" if method == "POST" else "query_string"
        headers = {"Referer": page.request.url, **options.pop("headers", {})}
        return self.open(target, method=method, headers=headers, **{where: fields}, **options)


def _find_form(text: str, wanted: str):
    document = parser.fromstring(text)
    main = document.find(".//main")
    forms = document.findall(".//form") if wanted or main is None else main.findall(".//form")
    if wanted:
        exact = [f for f in forms if wanted in (f.get("id"), f.get("action"))]
        forms = (
            exact
            or [f for f in forms if (f.get("action") or "").endswith(wanted)]
            or [f for f in forms if wanted in (f.get("action") or "")]
        )
    if len(forms) != 1:
        known = [f.get("id") or f.get("action") for f in document.findall(".//form")]
        raise AssertionError(f"{len(forms)} forms fit {wanted!r}, not one; the page has {known}")
    return forms[0]


def _controls(form) -> list:
    """The controls of a form, those elsewhere on the page that name it included."""
    inside = [
        control
        for control in form.iter("input", "select", "textarea", "button")
        if not any(
            above.tag == "template" for above in control.iterancestors()
        )  # what a page may add by itself
    ]
    if form.get("id"):
        root = form.getroottree().getroot()
        inside += [
            c for c in root.iter("input", "select", "textarea", "button") if c.get("form") == form.get("id")
        ]
    return [c for c in inside if c.get("form") in (None, form.get("id")) and not _is_disabled(c)]


def _is_disabled(control) -> bool:
    return control.get("disabled") is not None or any(
        fieldset.get("disabled") is not None for fieldset in control.iterancestors("fieldset")
    )


def _kind(control) -> str:
    return (control.get("type") or "text").lower() if control.tag == "input" else control.tag


def _choices(control) -> list:
    return [o for o in control.iter("option") if o.get("disabled") is None]


def _option_value(option) -> str:
    value = option.get("value")
    return value if value is not None else option.text_content().strip()


def _fields(form) -> MultiDict:
    """What a browser would send if nobody touched the form."""
    fields: MultiDict = MultiDict()
    for control in _controls(form):
        name, kind = control.get("name"), _kind(control)
        if not name or kind in ("submit", "button", "reset", "image", "file"):
            continue
        if kind in ("checkbox", "radio"):
            if control.get("checked") is not None:
                fields.add(name, control.get("value", "on"))
        elif kind == "select":
            picked = [o for o in _choices(control) if o.get("selected") is not None]
            if not picked and control.get("multiple") is None:
                picked = _choices(control)[:1]
            for option in picked:
                fields.add(name, _option_value(option))
        elif kind == "textarea":
            fields.add(name, (control.text or "").removeprefix("\n"))
        else:
            fields.add(name, control.get("value", ""))
    return fields


def _fill(form, fields: MultiDict, name: str, value: Value) -> None:
    controls = [c for c in _controls(form) if c.get("name") == name and _kind(c) not in ("submit", "button")]
    if not controls:
        names = sorted({c.get("name") for c in _controls(form) if c.get("name")})
        raise AssertionError(f"the form has no field {name!r}; it has {names}")
    fields.poplist(name)
    if value is None or value is False:
        return
    if value is True:
        value = controls[0].get("value", "on")
    for one in value if isinstance(value, list) else [value]:
        if _kind(controls[0]) in ("checkbox", "radio", "select"):
            offered = [c.get("value", "on") for c in controls if _kind(c) in ("checkbox", "radio")]
            offered += [_option_value(o) for c in controls for o in _choices(c)]
            if one not in offered:
                raise AssertionError(f"{name!r} does not offer {one!r}; it offers {offered}")
        fields.add(name, one)


def _press(form, fields: MultiDict, wanted: str) -> None:
    buttons = [c for c in _controls(form) if _kind(c) in ("submit", "button")]
    words = {b: (b.get("value") if b.tag == "input" else " ".join(b.text_content().split())) for b in buttons}
    for button in buttons:
        if wanted in (button.get("name"), words[button]):
            if button.get("name"):
                fields.add(button.get("name"), button.get("value", ""))
            return
    raise AssertionError(f"the form has no button {wanted!r}; it has {list(words.values())}")
