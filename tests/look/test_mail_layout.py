"""The frame of every mail, in HTML and as plain text."""

import pytest
from flask import render_template_string
from lxml import html as parser

HTML = """{% extends 'mail/layout.html' %}{% import 'mail/layout.html' as mail %}
{% block subject %}Votre lien{% endblock %}
{% block body %}<p>Bonjour {{ name }}.</p>{{ mail.button(href, 'Entrer') }}{% endblock %}
{% block why %}<p>Vous avez demandé ce lien.</p>{% endblock %}"""
TEXT = """{% extends 'mail/layout.txt' %}
{% block body %}Bonjour {{ name }}.

{{ href }}{% endblock %}
{% block why %}Vous avez demandé ce lien.{% endblock %}"""
VALUES = {
    "name": "Anne <Marie>",
    "href": "https://tablee.example/sign-in/abc",
    "site": {"name": "Plate-forme", "demo": True, "contact_phone": "02 555 01 00"},
}


@pytest.fixture
def context(app):
    with app.test_request_context("/"):
        yield app


def test_the_mail_can_be_read_and_followed_without_style(context):
    tree = parser.fromstring(render_template_string(HTML, **VALUES))
    assert tree.xpath("//a[@class='btn']/@href") == [VALUES["href"]]
    assert VALUES["href"] in [a.text for a in tree.iter("a")]
    assert "Bonjour Anne <Marie>." in tree.text_content()
    assert "Démonstration" in tree.text_content()


def test_the_mail_loads_nothing(context):
    tree = parser.fromstring(render_template_string(HTML, **VALUES))
    assert tree.xpath("//img | //link | //script | //*[@src]") == []
    assert "url(" not in tree.findtext(".//style")


def test_the_plain_mail_has_the_link_alone_on_its_line(context):
    source = context.jinja_env.from_string(TEXT)
    text = source.render(**VALUES)
    assert VALUES["href"] in text.splitlines()
    assert text.splitlines()[0] == "Plate-forme"
    assert "Vous avez demandé ce lien." in text
    assert text.rstrip().endswith("02 555 01 00")
