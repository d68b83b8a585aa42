"""What an issue's text may become on the page."""

from __future__ import annotations

import pytest

from sandbox.github.markdown import rendered


def shown(text: str) -> str:
    return rendered(text, base="http://x", repository="acme/shop", known=frozenset({"Nick", "acme"})).strip()


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        pytest.param("a **b**", "<strong>b</strong>", "**", id="Markdown is rendered"),
        pytest.param("a\nb", "<br>", "\\n", id="a line break stays a line break"),
        pytest.param("a <!-- prod-squad:v1 --> b", "a ", "prod-squad", id="a comment is hidden"),
        pytest.param("<script>alert(1)</script>", "alert", "<script", id="a script is text"),
        pytest.param("<b onclick=x>t</b>", "t", "onclick", id="an attribute nobody listed is dropped"),
        pytest.param("[a](javascript:x)", "<a>a</a>", "javascript", id="a link that runs is no link"),
        pytest.param("![beacon](http://evil/x.png)", "[picture: beacon]", "<img", id="a picture is not loaded"),
        pytest.param("hi @nick", 'class="user-mention', "none", id="a known login is mentioned"),
        pytest.param("hi @acme/ops", 'class="team-mention', "none", id="a known owner's team is mentioned"),
        pytest.param("hi @ghost", "hi @ghost", "mention", id="an unknown login is text"),
        pytest.param("`@nick #1`", "<code>@nick #1</code>", "<a", id="code links nothing"),
        pytest.param("see #12", 'href="http://x/acme/shop/issues/12"', "none", id="an issue is linked"),
        pytest.param("a@nick.org and a#1", "a#1", "mention", id="an address is no mention"),
        pytest.param("</div></details>x", "x", "</div>", id="closing what was never opened does nothing"),
        pytest.param("a | b\n--|--\n1 | 2", "<table>", "--", id="tables"),
        pytest.param("- [x] done", "checked", "[x]", id="task lists"),
    ],
)
def test_text_becomes_safe_html(text: str, there: str, absent: str) -> None:
    html = shown(text)
    assert there in html
    assert absent not in html


def test_details_hold_markdown_and_are_closed() -> None:
    html = shown("<details><summary>More</summary>\n\n**in** <kbd>k</kbd><sub>s</sub>\n")
    assert html.startswith("<details><summary>More</summary>")
    assert "<strong>in</strong> <kbd>k</kbd><sub>s</sub>" in html
    assert html.rstrip().endswith("</details>")
