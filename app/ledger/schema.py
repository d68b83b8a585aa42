"""The one database's tables, as a list of steps that only goes forward.

Rule: step n brings a database from version n to n + 1 (`PRAGMA user_version`). A step that was released is never
edited; a change is a new step. Nothing that is asked per letter or per claim may read a settled row: every
index it uses is partial, and holds only what still waits.
"""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE inbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        sender TEXT NOT NULL,
        delivery_id TEXT NOT NULL,
        occurrence TEXT,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        mail BLOB NOT NULL,
        received_at INTEGER NOT NULL,
        prompt INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        settled_at INTEGER
    );
    CREATE UNIQUE INDEX inbox_delivery ON inbox (sender, delivery_id);
    CREATE UNIQUE INDEX inbox_occurrence ON inbox (sender, occurrence) WHERE occurrence IS NOT NULL;
    CREATE INDEX inbox_pending ON inbox (key, seq, received_at, prompt, priority) WHERE settled_at IS NULL;
    CREATE INDEX inbox_settled ON inbox (settled_at) WHERE settled_at IS NOT NULL;

    CREATE TABLE mailbox (
        key TEXT PRIMARY KEY,
        due INTEGER,
        born INTEGER NOT NULL,
        priority INTEGER NOT NULL DEFAULT 0,
        lane INTEGER NOT NULL DEFAULT 0,
        claimed INTEGER NOT NULL DEFAULT 0,
        generation INTEGER NOT NULL DEFAULT 0,
        attempt INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER NOT NULL DEFAULT 0,
        last_run INTEGER NOT NULL DEFAULT 0,
        gap INTEGER NOT NULL DEFAULT 0,
        error TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE INDEX mailbox_line ON mailbox (priority DESC, born, due, lane) WHERE claimed = 0 AND due IS NOT NULL;
    CREATE INDEX mailbox_due ON mailbox (due, priority, lane) WHERE claimed = 0 AND due IS NOT NULL;
    CREATE INDEX mailbox_claimed ON mailbox (key) WHERE claimed = 1;
    CREATE INDEX mailbox_failing ON mailbox (key) WHERE error <> '';

    CREATE TABLE op (
        key TEXT NOT NULL,
        id TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        result BLOB,
        PRIMARY KEY (key, id)
    ) WITHOUT ROWID;

    CREATE TABLE timer (
        key TEXT NOT NULL,
        name TEXT NOT NULL,
        due INTEGER NOT NULL,
        priority INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (key, name)
    ) WITHOUT ROWID;
    CREATE INDEX timer_due ON timer (due);

    CREATE TABLE dead (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sender TEXT NOT NULL,
        delivery_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        reason TEXT NOT NULL,
        payload BLOB NOT NULL,
        key TEXT,
        UNIQUE (sender, delivery_id)
    );

    CREATE TABLE ticket (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        status TEXT NOT NULL DEFAULT 'new',
        words TEXT NOT NULL DEFAULT '',
        doc BLOB
    );
    CREATE INDEX ticket_open ON ticket (id) WHERE status = 'open';
    CREATE TABLE fingerprint (fingerprint TEXT PRIMARY KEY, ticket INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX fingerprint_ticket ON fingerprint (ticket);
    CREATE TABLE signature (
        signature TEXT NOT NULL,
        ticket INTEGER NOT NULL,
        PRIMARY KEY (signature, ticket)
    ) WITHOUT ROWID;
    CREATE INDEX signature_ticket ON signature (ticket);
    CREATE TABLE issue_ref (
        repository_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        ticket INTEGER NOT NULL,
        PRIMARY KEY (repository_id, number)
    ) WITHOUT ROWID;

    CREATE TABLE memory (name TEXT PRIMARY KEY, value BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;

    CREATE TABLE spent (
        id INTEGER PRIMARY KEY,
        installation INTEGER NOT NULL,
        at INTEGER NOT NULL,
        creates INTEGER NOT NULL,
        points INTEGER NOT NULL
    );
    CREATE INDEX spent_points ON spent (installation, at, points);
    CREATE INDEX spent_creates ON spent (installation, at, creates) WHERE creates > 0;
    CREATE TABLE gate (installation INTEGER PRIMARY KEY, blocked_until INTEGER NOT NULL);
    """,
    "CREATE INDEX ticket_quiet ON ticket (id) WHERE status = 'quiet'",
    """
    CREATE TABLE wave (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        began_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        before TEXT NOT NULL,
        ended_at INTEGER
    );
    CREATE INDEX wave_last ON wave (last_at);
    CREATE INDEX wave_ended ON wave (ended_at) WHERE ended_at IS NOT NULL;
    CREATE TABLE newcomer (ticket INTEGER PRIMARY KEY, at INTEGER NOT NULL, wave INTEGER);
    CREATE INDEX newcomer_at ON newcomer (at);
    """,
    """
    CREATE TABLE opening (at INTEGER NOT NULL, ticket INTEGER NOT NULL, PRIMARY KEY (at, ticket)) WITHOUT ROWID;
    INSERT OR IGNORE INTO opening
    SELECT CAST(strftime('%s', json_extract(CAST(doc AS TEXT), '$.opened_at')) AS INTEGER) * 1000000, id FROM ticket
    WHERE doc IS NOT NULL AND json_extract(CAST(doc AS TEXT), '$.opened_at') IS NOT NULL;
    """,
)

RESET: Final = """
UPDATE mailbox SET claimed = 0, attempt = max(attempt - 1, 0), due = coalesce(due, last_run) WHERE claimed = 1
"""
"""What a process that died held is free again, and its dying counts as no attempt. Operations stay in doubt."""
