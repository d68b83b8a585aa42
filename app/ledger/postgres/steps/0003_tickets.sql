-- Which ticket: app/ledger/tickets.py has the table of what an address finds.
--
-- THE ORDER OF LOCKS, for every function of these steps; who takes more than one takes them in this order:
--   1. errors: advisory, the hashes of fingerprint and signature, sorted
--   2. issues: advisory, the hash of repository and number, sorted
--   3. rows of `ticket`, `issue_ref`
--   4. rows of `mailbox`, sorted by key
--   5. a job of procrastinate's, but for one that is to be settled: `claim` takes the job first, then its mailbox. So
--      whoever holds a mailbox waits for no queued job: it inserts one, or passes over one that is locked.
--   6. waves: advisory
-- All are held to the end of the transaction. Where PostgreSQL finds a deadlock all the same, the App runs the call
-- again.

CREATE FUNCTION lock_id(_name text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN hashtextextended(_name, 20261124);

-- One letter as the App hands it in, but for its mail. `key` is a mailbox's where the address is one; `about_error` and
-- `about_issue` say what else the address holds.
CREATE TYPE letter AS (
    sender text,
    delivery text,
    occurrence text,
    kind text,
    at bigint,
    prompt boolean,
    priority integer,
    key text,
    about_error boolean,
    fingerprint text,
    signature text,
    words text,
    may_make boolean,
    about_issue boolean,
    repository bigint,
    number bigint,
    ours boolean,
    asked boolean
);

-- An issue of a ticket's; `current` is the one it has now.
CREATE TYPE issue_of AS (repository bigint, number bigint, current boolean);

CREATE FUNCTION issue_key(_repository bigint, _number bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 'issue:' || _repository || ':' || _number;

-- Locks 1 and 2 for what these letters, and a ticket that is saved, may find or make. What is bound stays bound (an
-- error to its ticket for good, an issue until another ticket takes it over), so it needs no lock.
CREATE FUNCTION lock_addresses(_letters letter[], _issues issue_of[], _ticket bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(name.lock) FROM (
        SELECT DISTINCT lock_id(said.name) AS lock
        FROM unnest(_letters) AS l,
        LATERAL (VALUES ('fingerprint:' || nullif(l.fingerprint, '')), ('signature:' || nullif(l.signature, '')))
            AS said (name)
        WHERE l.about_error AND said.name IS NOT NULL AND NOT EXISTS (
            SELECT FROM fingerprint f WHERE f.fingerprint = l.fingerprint AND (
                l.signature = ''
                OR EXISTS (SELECT FROM signature s WHERE s.signature = l.signature AND s.ticket = f.ticket)
            )
        )
        ORDER BY lock
    ) AS name;
    PERFORM pg_advisory_xact_lock(name.lock) FROM (
        SELECT DISTINCT lock_id(issue_key(said.repository, said.number)) AS lock
        FROM (
            SELECT l.repository, l.number FROM unnest(_letters) AS l
            WHERE l.about_issue AND NOT EXISTS (
                SELECT FROM issue_ref r WHERE r.repository_id = l.repository AND r.number = l.number
            )
            UNION ALL
            SELECT i.repository, i.number FROM unnest(_issues) AS i
            WHERE NOT EXISTS (
                SELECT FROM issue_ref r
                WHERE r.repository_id = i.repository AND r.number = i.number AND r.ticket = _ticket
            )
        ) AS said
        ORDER BY lock
    ) AS name;
END $$;

-- The ticket an error leads to; what the letter newly says of it is kept. NULL: none.
CREATE FUNCTION ticket_of_error(l letter) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    by_fingerprint bigint;
    by_signature bigint;
    found bigint;
BEGIN
    IF l.fingerprint <> '' THEN
        SELECT f.ticket INTO by_fingerprint FROM fingerprint f WHERE f.fingerprint = l.fingerprint;
    END IF;
    IF by_fingerprint IS NULL AND l.signature <> '' THEN
        SELECT s.ticket INTO by_signature FROM signature s JOIN ticket t ON t.id = s.ticket
        WHERE s.signature = l.signature AND t.status <> 'closed'
        AND (l.fingerprint = '' OR NOT EXISTS (SELECT FROM fingerprint f WHERE f.ticket = s.ticket))
        ORDER BY s.ticket DESC LIMIT 1;
    END IF;
    found := coalesce(by_fingerprint, by_signature);
    IF found IS NULL THEN
        RETURN NULL;
    END IF;
    IF l.fingerprint <> '' AND by_fingerprint IS NULL THEN
        INSERT INTO fingerprint VALUES (l.fingerprint, found);
    END IF;
    IF l.signature <> '' AND by_signature IS NULL THEN
        PERFORM keep_signature(l.signature, found);
    END IF;
    RETURN found;
END $$;

-- Of a ticket's signatures the first twenty are kept.
CREATE FUNCTION keep_signature(_signature text, _ticket bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM signature s WHERE s.signature = _signature AND s.ticket = _ticket)
        AND (SELECT count(*) FROM signature s WHERE s.ticket = _ticket) < 20
    THEN
        INSERT INTO signature VALUES (_signature, _ticket) ON CONFLICT DO NOTHING;
    END IF;
END $$;

CREATE FUNCTION bind_issue(_repository bigint, _number bigint, _ticket bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issue_ref VALUES (_repository, _number, _ticket)
    ON CONFLICT (repository_id, number) DO UPDATE SET ticket = excluded.ticket;
END $$;

-- A new ticket that the address leads to from now on.
CREATE FUNCTION make_ticket(l letter) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO ticket (words) VALUES (l.words) RETURNING id INTO made;
    IF l.fingerprint <> '' THEN
        INSERT INTO fingerprint VALUES (l.fingerprint, made);
    END IF;
    IF l.signature <> '' THEN
        PERFORM keep_signature(l.signature, made);
    END IF;
    IF l.about_issue THEN
        PERFORM bind_issue(l.repository, l.number, made);
    END IF;
    RETURN made;
END $$;

-- The mailbox of a letter: see the table in app/mailroom/sql_inbox.py. NULL: it has none. Needs locks 1 and 2.
CREATE FUNCTION key_of(l letter) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    IF l.key <> '' THEN
        RETURN l.key;
    END IF;
    IF l.about_issue THEN
        SELECT r.ticket INTO found FROM issue_ref r WHERE r.repository_id = l.repository AND r.number = l.number;
    END IF;
    IF found IS NULL AND l.about_error THEN
        found := ticket_of_error(l);
        IF found IS NOT NULL AND l.about_issue THEN
            PERFORM bind_issue(l.repository, l.number, found);
        END IF;
        IF found IS NULL AND l.may_make THEN
            -- A repeated delivery must not make a second ticket of an error whose first one was closed since.
            IF EXISTS (SELECT FROM inbox i WHERE i.sender = l.sender AND i.delivery_id = l.delivery) THEN
                RETURN NULL;
            END IF;
            found := make_ticket(l);
        END IF;
    END IF;
    IF found IS NOT NULL THEN
        RETURN 'ticket:' || found;
    END IF;
    IF l.about_issue AND l.ours THEN
        RETURN issue_key(l.repository, l.number);
    END IF;
    IF l.about_issue AND l.asked THEN
        RETURN 'asked:' || l.repository || ':' || l.number;
    END IF;
    RETURN NULL;
END $$;

-- The ticket's document is replaced; its issues lead to it, but for former ones that another ticket took over.
CREATE FUNCTION save_ticket(_ticket bigint, _status text, _doc bytea, _opened bigint, _issues issue_of[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET status = _status, doc = _doc WHERE id = _ticket;
    IF _opened IS NOT NULL THEN
        INSERT INTO opening VALUES (_opened, _ticket) ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO issue_ref
    SELECT DISTINCT i.repository, i.number, _ticket FROM unnest(_issues) AS i ORDER BY i.repository, i.number
    ON CONFLICT DO NOTHING;
    UPDATE issue_ref r SET ticket = _ticket FROM unnest(_issues) AS i
    WHERE i.current AND r.repository_id = i.repository AND r.number = i.number AND r.ticket <> _ticket;
END $$;
