"""The table of `decisions/commands`: names, who may, help, and what is left alone."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decisions.commands import COMMANDS, is_ours, may, spec_of, wish_of
from app.decisions.commands.elsewhere import INSTEAD
from app.domain.errors import UserError
from app.domain.wishes import Acknowledge, CommandLine, Help, Wish
from tests.unit.decisions.commands.cases import MOMENT, wish

WORDS = (
    "until 7d 14:00 2pm monday tomorrow 2026-12-24 2026-02-30 9999-12-31 0001-01-01 9999w9999w9999w9999w 100 more 5 "
    "users escalating severe @jo app:Reader 9999-12-31T23:59-23:59 0001-01-01T00:00+23:59 2026-12-24T10:00 25:00"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_name_a_sentence_of_help_and_examples(name: str) -> None:
    spec = COMMANDS[name]
    assert spec.name == name
    assert spec.usage.startswith(f"/{name}")
    assert spec.help.endswith(".")
    assert spec.examples
    assert all(spec_of(other) is spec for other in (name, *spec.also))


@pytest.mark.parametrize("example", [each for spec in COMMANDS.values() for each in spec.examples])
def test_the_examples_of_help_really_parse(example: str) -> None:
    assert wish(example) is not None


@pytest.mark.parametrize(
    ("name", "permission", "on_duty", "allowed"),
    [
        pytest.param("silence", "triage", False, True, id="who may triage may silence"),
        pytest.param("silence", "write", False, True, id="so may a writer"),
        pytest.param("silence", "maintain", False, True, id="a maintainer"),
        pytest.param("silence", "Admin", False, True, id="and an administrator"),
        pytest.param("silence", "read", False, False, id="a reader may not"),
        pytest.param("silence", "read", True, False, id="on duty, either"),
        pytest.param("silence", "none", False, False, id="a stranger may not"),
        pytest.param("silence", "auditor", False, False, id="a role of the organisation's own is none of these"),
        pytest.param("away", "read", True, True, id="who is on duty may be away"),
        pytest.param("away", "triage", False, True, id="who may triage may be away"),
        pytest.param("away", "read", False, False, id="a reader who is not on duty has nothing to be away from"),
        pytest.param("handoff", "none", True, True, id="who is on duty may hand over"),
        pytest.param("back", "none", True, True, id="and be back"),
    ],
)
def test_who_may(name: str, permission: str, on_duty: bool, allowed: bool) -> None:
    assert may(COMMANDS[name], permission, on_duty) is allowed


@pytest.mark.parametrize(
    "name",
    [
        *(
            "backport",
            "hold",
            "retest",
            "lgtm",
            "approve",
            "cc",
            "label",
            "merge",
            "rebase",
            "close",
            "reopen",
            "duplicate-label",
            "lifecycle",
            "claim",
            "take",
            "done",
            "review",
        ),
        *("unassign", "milestone", "deploy", "format", "usr", "home", "tmp", "kind", "priority", "override", "test"),
    ],
)
def test_another_bots_command_is_left_alone(name: str) -> None:
    assert wish(f"/{name}") is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("silense", "silence"),
        ("impct", "impact"),
        ("hand-off", "handoff"),
        ("awy", "away"),
        ("acknowlege", "ack"),
        ("acked", "ack"),
    ],
)
def test_a_slip_of_the_hand_is_told(name: str, meant: str) -> None:
    with pytest.raises(UserError, match=f"no command `/{name}`. Did you mean `/{meant}`?"):
        wish(f"/{name} 7d x")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("severe", "`/impact severe` and the reason"),
        ("unsure", "`/impact unsure`"),
        ("escalate", "`/impact severe` and the reason"),
        ("resolve", "Close the ticket as completed"),
        ("resolved", "Close the ticket as completed"),
        ("fixed", "Close the ticket as completed"),
        ("wontfix", "Close the ticket as not planned"),
        ("snooze", "`/silence 7d` and the reason"),
        ("mute", "`/silence 7d` and the reason"),
        ("unmute", "`/unsilence`"),
        ("unack", "ends by itself"),
        ("dupe", "`/duplicate-of #12`"),
    ],
)
def test_another_systems_word_gets_ours(name: str, instead: str) -> None:
    with pytest.raises(UserError) as refused:
        wish(f"/{name} x")
    assert str(refused.value).startswith(f"There is no command `/{name}`. ")
    assert instead in str(refused.value)
    assert is_ours(CommandLine(name=name, line=1))


def test_what_is_said_of_other_systems_words_names_commands_that_there_are() -> None:
    for name, instead in INSTEAD.items():
        assert name not in COMMANDS
        assert not {each for each in re.findall(r"`/([a-z-]+)", instead)} - set(COMMANDS)
        assert instead.endswith(".")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/help", Help(), id="all commands"),
        pytest.param("/help acknowledge", Help(name="ack"), id="one by its other name"),
        pytest.param("/help silence", Help(name="silence"), id="one of them"),
        pytest.param("/help /Silence please", Help(name="silence"), id="as one may write it"),
    ],
)
def test_help(text: str, expected: Help) -> None:
    assert wish(text) == expected


def test_help_for_a_command_that_there_is_not_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no command `/snooze`. There are `/impact`, .*`/help`\."):
        wish("/help snooze")


def test_a_command_beyond_the_ten_is_told_and_not_carried_out() -> None:
    line = CommandLine(name="ack", line=40, too_many=True)
    with pytest.raises(UserError, match="from `/ack` on, none was carried out"):
        wish_of(line, MOMENT)
    assert wish_of(msgspec.structs.replace(line, too_many=False), MOMENT) == Acknowledge()
    assert wish_of(msgspec.structs.replace(line, name="retest"), MOMENT) is None


@given(
    st.sampled_from([*COMMANDS, "silense"]),
    st.lists(
        st.one_of(
            st.sampled_from(
                WORDS.split(),
            ),
            st.text(max_size=8),
        ),
        max_size=5,
    ),
)
def test_whatever_follows_is_a_wish_or_a_sentence_that_says_what_to_do(name: str, words: list[str]) -> None:
    line = CommandLine(name=name, rest=" ".join(" ".join(words).split()), line=1)
    found, sentence = None, ""
    try:
        found = wish_of(line, MOMENT)
    except UserError as error:
        sentence = str(error)
    if found is None:
        assert sentence.endswith((".", "?"))
    else:
        assert msgspec.json.decode(msgspec.json.encode(found), type=Wish) == found
