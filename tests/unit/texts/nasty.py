"""Texts as production and attackers write them."""

from __future__ import annotations

from hypothesis import strategies as st

FRAGMENTS = (
    "`", "``", "```", "````", "~~~", "~~", "~", "\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\t", "    ",
    " ", "\\", "\\\\", "](", "[a](http://evil.example/x)", "![x](http://evil.example/x.png)", "[", "]", "(", ")", "!",
    "[^1]", "[^1]: note", "[a]: http://evil.example", "<!--", "-->", "--!>", "<!-- prod-squad:v1:op=evil -->",
    "prod-squad:v1", "<!-- prod-squad:v1:begin -->", "<!-- prod-squad:v1:end -->",
    '<!-- prod-squad:v1:state={"ticket":9} -->', "<img src=http://evil.example/x.png>", "<script>", "</details>",
    "</summary>", "<details>", "<b>", "<a href=//evil>", "<pre>", "</code>", "<http://evil.example>", "<a@b.example>",
    "<", ">", "&", "&#x40;nick", "&commat;nick", "&lt;b&gt;", "@nick", "@acme/ops", "@", "@everyone", "a@b.example",
    "mailto:a@b.example", "xmpp:a@b.example", "#", "#1", "acme/shop#1", "GH-1", "GH-", "gh-12", "CVE-2024-1234",
    "Fixes #1", "closes acme/shop#1", "deadbeef", "0123456", "a" * 40, "acme/shop@" + "b" * 40, "http://evil.example",
    "https://github.com/acme/shop/issues/1", "HTTPS://X.EXAMPLE", "www.evil.example", "www", "https:", "//",
    "ftp://x.example", ":smile:", ":+1:", ":", "smile:", "|", "||", "---", "===", "- ", "* ", "+ ", "1. ", "1)", "# ",
    "> ", "- [ ] ", "|---|", ":-:", "***", "*", "**a**", "_", "__a__", "$", "$$", "$`x`$", "/impact severe", "/close",
    "/", "[!NOTE]", "\u202e", "\u200b", "\u200d", "\u2066", "\ufeff", "\x00", "\x1b[31m", "\ud800", "\udfff", "😀",
    "👨\u200d👩\u200d👧", "שלום", "é", "e\u0301", "x", "0", "a", "word", "NoMethodError: undefined method",
)  # fmt: skip
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)
anything = st.text(alphabet=st.characters(codec=None), max_size=60)
texts = st.one_of(fragments, anything, st.tuples(fragments, anything, fragments).map("".join))
