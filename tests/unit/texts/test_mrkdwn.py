"""Slack's markup: nothing that a text holds gets out of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from app.texts.mrkdwn import Mrkdwn, fill, is_address, joined, literal, mention, name, page, plain, sentence, words
from tests.unit.texts.nasty import texts

CONTROL = re.compile(r"[<>]|&(?!amp;|lt;|gt;)")
LINKS = re.compile(r"@[A-Za-z]|(?i:https?://|www\.)|:[0-9_+-]*[a-z][a-z0-9_+-]*:|:[+-]1:", re.ASCII)


@given(texts)
def test_no_text_mentions_links_formats_or_ends_where_it_stands(text: str) -> None:
    for made, limit in ((words(text), 300), (plain(text, 100), 100), (sentence(text), 2_000)):
        shown = str(made)
        assert not CONTROL.search(shown)
        assert "\n" not in shown
        assert len(shown) + sum(it > "\uffff" for it in shown) <= limit
    assert not LINKS.search(str(words(text)))
    assert not LINKS.search(str(plain(text, 100)))
    assert not re.search(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])", str(words(text)))


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        pytest.param("<!channel> look", "&lt;!channel&gt; look", id="everybody in the channel"),
        pytest.param("<@U012AB3CD>", "&lt;@\u200bU012AB3CD&gt;", id="somebody"),
        pytest.param("<https://evil.example|here>", "&lt;https:\u200b//evil.example|here&gt;", id="a link"),
        pytest.param("a & b", "a &amp; b", id="an ampersand"),
        pytest.param("&lt;!here&gt;", "&amp;lt;!here&amp;gt;", id="escaped already"),
        pytest.param("*bold* _it_ ~gone~", "∗bold∗ ＿it＿ ∼gone∼", id="formats"),
        pytest.param("`code`", "ˋcodeˋ", id="code"),
        pytest.param("snake_case 2*3", "snake_case 2*3", id="what Slack does not format stays"),
        pytest.param("one\ntwo", "one two", id="two lines"),
    ],
)
def test_words(text: str, becomes: str) -> None:
    assert str(words(text)) == becomes


def test_a_long_text_is_clipped_by_what_is_made_of_it() -> None:
    assert str(plain("&" * 1_000, 50)) == "&amp;" * 9 + "…"
    assert str(plain("😀" * 100, 20)).endswith("…")


def test_a_sentence_keeps_its_code() -> None:
    assert str(sentence("Write `/ack <30m>` to @jo.")) == "Write `/ack &lt;30m&gt;` to @\u200bjo."
    assert str(sentence("an odd ` one")) == "an odd ˋ one"


@pytest.mark.parametrize(
    ("login", "shown"),
    [
        pytest.param("jo_va", "`jo_va`", id="a login"),
        pytest.param("acme/ops", "`acme/ops`", id="a team"),
        pytest.param("prod-squad[bot]", "prod-squad[bot]", id="a bot"),
        pytest.param("<!here>", "&lt;!here&gt;", id="neither"),
    ],
)
def test_a_name_mentions_nobody(login: str, shown: str) -> None:
    assert str(name(login)) == shown


def test_the_one_mention() -> None:
    assert str(mention("U012AB3CD")) == "<@U012AB3CD>"
    with pytest.raises(ValueError, match="no member id"):
        mention("U012|x")


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        pytest.param("https://github.com/acme/shop/issues/7", True, id="a page"),
        pytest.param("https://sentry.example/x/?a=1&b=2#c", True, id="with a query"),
        pytest.param("http://127.0.0.1:8901/x", True, id="on this machine"),
        pytest.param("https://a.example/|x", False, id="what ends the address"),
        pytest.param("https://a.example/>x", False, id="what ends the link"),
        pytest.param("https://jo@a.example/", False, id="with a user"),
        pytest.param("javascript:alert(1)", False, id="no page"),
        pytest.param("https://a.example/a b", False, id="a blank"),
        pytest.param("https://[/x", False, id="half an address"),
        pytest.param("https:///x", False, id="no host"),
        pytest.param("https://a.example/" + "x" * 2_000, False, id="too long"),
        pytest.param("", False, id="empty"),
    ],
)
def test_an_address(url: str, is_one: bool) -> None:
    assert is_address(url) is is_one
    assert str(page(url, literal("x"))).startswith("<") is is_one


def test_links_are_escaped() -> None:
    assert str(page("https://a.example/?a=1&b", literal("x"))) == "<https://a.example/?a=1&amp;b|x>"


def test_templates_and_joining() -> None:
    assert str(fill("{who} said so.", who=name("jo"))) == "`jo` said so."
    with pytest.raises(KeyError):
        fill("{who}", what=name("jo"))
    assert str(joined([literal("a"), literal(""), literal("b")], literal(", "))) == "a, b"
    with pytest.raises(TypeError, match="is made by"):
        Mrkdwn()
