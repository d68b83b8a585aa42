"""What the mailroom asks of PostgreSQL: calls of the functions in `ledger/postgres/steps`, and look-ups."""

from __future__ import annotations

from typing import Final

CLAIM: Final = 'SELECT verdict, box, "generation", attempt, priority FROM claim(%s::bigint, %s::jsonb, %s::bigint, %s)'
RELEASE: Final = "SELECT release(%s::bigint, %s::jsonb)"
NEXT_DUE: Final = "SELECT next_due(%s::jsonb)"
PENDING: Final = """
SELECT seq, mail, received_at, delivery_id FROM inbox
WHERE key = %s AND settled_at IS NULL AND seq > %s ORDER BY seq LIMIT %s
"""

BEGIN: Final = "SELECT sent, made FROM begin_call(%s, %s::bigint, %s, %s::bigint)"
DONE: Final = "SELECT call_done(%s, %s::bigint, %s, %s::bytea)"
UNDO: Final = "SELECT undo_call(%s, %s::bigint, %s)"
FINISH: Final = """
SELECT finish(
    %s, %s::bigint, %s::bigint, %s::bigint, %s::bigint,
    %s::bigint, %s, %s::bytea, %s::bigint, %s::json, %s::json, %s::json, %b::bytea[], %s::text[]
)
"""
FINISH_AND_REMEMBER: Final = """
WITH held AS (SELECT %s AS "key", %s::bigint AS "generation"), kept AS (
    INSERT INTO memory (name, value, at) VALUES (%s, %s, %s)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
)
SELECT finish(
    held."key", held."generation", %s::bigint, %s::bigint, %s::bigint,
    %s::bigint, %s, %s::bytea, %s::bigint, %s::json, %s::json, %s::json, %b::bytea[], %s::text[]
) FROM held
"""
RETRY: Final = "SELECT retry(%s, %s::bigint, %s::bigint, %s, %s::bigint, %s::integer)"
BURY: Final = "SELECT bury(%s, %s::bigint, %s::bigint, %s, %s::bigint)"
NEWCOMER: Final = """
SELECT id, began_at, before FROM newcomer(%s, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::integer)
"""
END_WAVE: Final = "SELECT end_wave(%s::bigint, %s::bigint)"

SAVE_DEAD: Final = """
INSERT INTO dead (sender, delivery_id, kind, received_at, reason, payload) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING id
"""
OLDEST_DEAD: Final = """
SELECT id, sender, delivery_id, kind, received_at, reason, payload FROM dead ORDER BY id LIMIT %s
"""
REVIVE: Final = "SELECT revive(%s::bigint, %s::bigint)"
DROP_DEAD: Final = "DELETE FROM dead WHERE id = %s RETURNING id"

STANDING: Final = """
WITH box AS (
    SELECT key, count(*) AS number, min(received_at) AS oldest FROM inbox WHERE settled_at IS NULL GROUP BY key
), waits AS (
    SELECT coalesce(sum(b.number), 0)::bigint AS pending, min(CASE
        WHEN m.error <> '' OR m.lane <> 0 THEN b.oldest
        WHEN m.not_before > %s THEN NULL
        ELSE greatest(b.oldest, m.not_before)
    END) AS oldest
    FROM box b LEFT JOIN mailbox m USING (key)
)
SELECT
    (SELECT pending FROM waits),
    (SELECT oldest FROM waits),
    (SELECT count(*) FROM mailbox WHERE claimed),
    (SELECT count(*) FROM dead),
    (SELECT count(*) FROM ticket),
    (SELECT count(*) FROM ticket WHERE status = 'quiet')
"""
"""Its `oldest` is since when that could have been settled: see `Standing.oldest`."""
FAILING: Final = "SELECT key, error FROM mailbox WHERE error <> '' ORDER BY key LIMIT 20"
PRUNE: Final = """
DELETE FROM inbox WHERE seq IN (
    SELECT seq FROM inbox WHERE settled_at < %s ORDER BY settled_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING seq
"""

LOOK: Final = "SELECT doc FROM ticket WHERE id = %s"
TICKET_AT: Final = "SELECT ticket FROM issue_ref WHERE repository_id = %s AND number = %s"
KIN: Final = """
SELECT DISTINCT other.ticket FROM signature mine JOIN signature other ON other.signature = mine.signature
WHERE mine.ticket = %s AND other.ticket <> %s ORDER BY other.ticket DESC LIMIT %s
"""
OPENED_BETWEEN: Final = """
SELECT ticket FROM opening WHERE at BETWEEN %s AND %s GROUP BY ticket ORDER BY min(at), ticket LIMIT %s
"""
IS_KNOWN: Final = "SELECT 1 FROM fingerprint WHERE fingerprint = %s"
OPEN_WORDS: Final = "SELECT id, words FROM ticket WHERE status = 'open' AND words <> '' ORDER BY id DESC LIMIT %s"
RECALL: Final = "SELECT value FROM memory WHERE name = %s"
REMEMBER: Final = """
INSERT INTO memory (name, value, at) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at RETURNING name
"""
REMEMBER_FIRST: Final = """
INSERT INTO memory (value, at, name) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING RETURNING name
"""
EXCHANGE: Final = "UPDATE memory SET value = %s, at = %s WHERE name = %s AND value = %s RETURNING name"
