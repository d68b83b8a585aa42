"""What holds of pinging whatever the ticket, the rules, the people and the times are."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from app.decisions.pinging import Rules
from app.domain.alerts import Impact
from app.domain.tickets import Closing, Routing, Ticket
from app.domain.triage import Acknowledgement, Silence
from tests.unit.decisions.ping_cases import MINUTE, TUESDAY, decided, posted, ticket

NAMES = ("mark", "sharon", "alex", "Jo", "jo", "nick", "")
logins = st.sampled_from(NAMES)
WHILES = st.integers(0, 60 * 24 * 4)
acknowledgements = st.none() | st.builds(
    lambda by, began, lasts: Acknowledgement(
        by=by, at=TUESDAY + began * MINUTE, expires=TUESDAY + (began + lasts) * MINUTE
    ),
    st.sampled_from(NAMES[:6]),
    WHILES,
    st.integers(1, 600),
)
silences = st.none() | st.builds(
    lambda until: Silence(by="jo", reason="known", at=TUESDAY, until=TUESDAY + until * MINUTE), WHILES
)
tickets = st.builds(
    lambda impact, owners, decided_at, acknowledged, silence, closed: ticket(
        impact,
        routing=Routing(owners=tuple(owners)),
        decided_at=None if decided_at is None else TUESDAY + decided_at * MINUTE,
        acknowledged=acknowledged,
        silence=silence,
        closing=Closing(at=TUESDAY, by="jo") if closed else None,
    ),
    st.none() | st.sampled_from(Impact),
    st.lists(logins, max_size=4),
    st.none() | WHILES,
    acknowledgements,
    silences,
    st.just(False) | st.booleans(),
)
rules = st.builds(
    lambda turns, everybody: Rules(
        undecided=tuple(sorted(turn * MINUTE for turn in turns)), everybody=tuple(everybody)
    ),
    st.lists(st.integers(0, 300), min_size=1, max_size=4),
    st.lists(logins, max_size=5),
)


@given(
    it=tickets,
    how=rules,
    duty=st.tuples(logins, logins),
    pauses=st.lists(st.integers(0, 900) | st.none(), min_size=1, max_size=40),
    lost=st.sets(logins),
)
def test_whatever_happens_when(
    it: Ticket, how: Rules, duty: tuple[str, str], pauses: list[int | None], lost: set[str]
) -> None:
    """Settles come at any time, or when they were asked for (None)."""
    now = TUESDAY
    asked: datetime | None = None
    for pause in pauses:
        now = max(now, asked) if pause is None and asked is not None else now + (pause or 0) * MINUTE
        due = decided(it, now, how, primary=duty[0], secondary=duty[1])
        severe = it.impact is Impact.SEVERE
        if severe and it.closing is None and it.silence is None and it.acknowledged is None:
            assert due.next_at is not None
            assert due.next_at > now or due.pings
        for ping in due.pings:
            assert ping.at == now
            assert ping.who
            earlier = [known for known in it.pings if known.who.lower() == ping.who.lower()]
            assert severe or all(now - known.at >= how.throttle for known in earlier)
        it = posted(it, due.pings, tuple(lost))
        stages = [(ping.who.lower(), ping.since, ping.stage) for ping in it.pings]
        assert len(set(stages)) == len(stages), "one person, one reason, one stage: one ping"
        if not any(ping.who in lost for ping in due.pings):
            again = decided(it, now, how, primary=duty[0], secondary=duty[1])
            assert again.pings == (), "what was decided is not decided again"
            assert due.next_at == again.next_at
        asked = due.next_at
