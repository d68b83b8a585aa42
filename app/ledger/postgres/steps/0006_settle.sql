-- What is written under a claim. Each of these functions holds the mailbox and checks that the claim is alive; if it is
-- not, PS001 is raised and nothing is written.

CREATE FUNCTION alive(_key text, _generation bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM mailbox m WHERE m.key = _key FOR UPDATE;
    PERFORM FROM mailbox m WHERE m.key = _key AND m.generation = _generation AND m.claimed;
    IF NOT FOUND THEN
        RAISE 'not held by generation %: %', _generation, _key USING ERRCODE = 'PS001';
    END IF;
END $$;

-- The job that was claimed with the mailbox is over. Needs its row.
CREATE FUNCTION job_done(_key text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procrastinate_finish_job_v1(j.id, 'succeeded', true)
    FROM procrastinate_jobs j WHERE j.lock = _key AND j.status = 'doing';
END $$;

CREATE FUNCTION begin_call(_key text, _generation bigint, _id text, _now bigint)
RETURNS TABLE (sent bigint, made bytea) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alive(_key, _generation);
    RETURN QUERY SELECT o.sent_at, o.result FROM op o WHERE o.key = _key AND o.id = _id;
    IF NOT FOUND THEN
        INSERT INTO op (key, id, sent_at) VALUES (_key, _id, _now);
    END IF;
END $$;

CREATE FUNCTION call_done(_key text, _generation bigint, _id text, _result bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alive(_key, _generation);
    UPDATE op o SET result = _result WHERE o.key = _key AND o.id = _id;
END $$;

CREATE FUNCTION undo_call(_key text, _generation bigint, _id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alive(_key, _generation);
    DELETE FROM op o WHERE o.key = _key AND o.id = _id AND o.result IS NULL;
END $$;

-- Mail that came about issues of the ticket's before it was known is the ticket's from now on. Needs their rows.
CREATE FUNCTION hand_over(_from text[], _to text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    freed text[];
BEGIN
    UPDATE inbox i SET key = _to WHERE i.key = ANY (_from) AND i.settled_at IS NULL;
    WITH gone AS (DELETE FROM mailbox m WHERE m.key = ANY (_from) AND NOT m.claimed RETURNING m.key)
    SELECT array_agg(key) INTO freed FROM gone;
    -- A job that is locked is being claimed; that claim finds no mailbox, and ends it.
    DELETE FROM procrastinate_jobs j WHERE j.id IN (
        SELECT t.id FROM procrastinate_jobs t WHERE t.queueing_lock = ANY (freed) AND t.status = 'todo'
        FOR UPDATE SKIP LOCKED
    );
END $$;

-- Mail up to `_through` is settled; the rest falls due after the gap, or at once where somebody waits for it.
-- `_ticket` is NULL where none is saved. `_timers` hold name, due and priority. `_calls` are over; others stay in doubt.
CREATE FUNCTION finish(
    _key text, _generation bigint, _through bigint, _now bigint, _gap bigint,
    _ticket bigint, _status text, _doc bytea, _opened bigint, _issues json, _timers json, _letters json, _mails bytea[],
    _calls text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    letters letter[] := ARRAY(SELECT l FROM json_populate_recordset(NULL::letter, _letters) AS l);
    issues issue_of[] := ARRAY(SELECT i FROM json_populate_recordset(NULL::issue_of, _issues) AS i);
    keys text[] := '{}';
    strays text[];
    waiting record;
    falls bigint;
BEGIN
    -- A first look without the lock, so that a claim that is over takes no other locks; `alive` below is what counts.
    PERFORM FROM mailbox m WHERE m.key = _key AND m.generation = _generation AND m.claimed;
    IF NOT FOUND THEN
        RAISE 'not held by generation %: %', _generation, _key USING ERRCODE = 'PS001';
    END IF;
    PERFORM lock_addresses(letters, issues, _ticket);
    IF _ticket IS NOT NULL THEN
        PERFORM save_ticket(_ticket, _status, _doc, _opened, issues);
    END IF;
    strays := ARRAY(
        SELECT DISTINCT i.key FROM inbox i
        WHERE i.settled_at IS NULL
        AND i.key = ANY (ARRAY(SELECT issue_key(s.repository, s.number) FROM unnest(issues) AS s))
    );
    FOR i IN 1 .. cardinality(letters) LOOP
        keys[i] := key_of(letters[i]);
    END LOOP;
    PERFORM hold_mailboxes(keys || strays || _key);
    PERFORM alive(_key, _generation);

    UPDATE inbox i SET settled_at = _now WHERE i.key = _key AND i.settled_at IS NULL AND i.seq <= _through;
    DELETE FROM op o WHERE o.key = _key AND o.id = ANY (_calls);
    IF strays <> '{}' THEN
        PERFORM hand_over(strays, _key);
    END IF;
    INSERT INTO timer (key, name, due, priority)
    SELECT _key, t.name, t.due, t.priority
    FROM json_to_recordset(_timers) AS t (name text, due bigint, priority integer)
    ON CONFLICT (key, name) DO UPDATE SET due = excluded.due, priority = excluded.priority;
    FOR i IN 1 .. cardinality(letters) LOOP
        PERFORM save_letter(letters[i], keys[i], _mails[i]);
    END LOOP;

    SELECT count(*) AS number, min(i.received_at) AS oldest, bool_or(i.prompt) AS prompt, max(i.priority) AS priority
    INTO waiting FROM inbox i WHERE i.key = _key AND i.settled_at IS NULL;
    PERFORM job_done(_key);
    UPDATE mailbox m SET
        claimed = false, attempt = 0, not_before = 0, lane = 0, error = '', gap = _gap,
        due = CASE
            WHEN waiting.number = 0 THEN NULL
            WHEN waiting.prompt THEN _now
            ELSE greatest(_now, m.last_run + _gap)
        END,
        born = coalesce(waiting.oldest, m.born),
        priority = coalesce(waiting.priority, 0),
        queued = waiting.number > 0 AND (waiting.prompt OR m.last_run + _gap <= _now)
    WHERE m.key = _key
    RETURNING m.due INTO falls;
    IF falls <= _now THEN
        PERFORM line_up(_key, waiting.priority);
    END IF;
END $$;

-- The mailbox is free, and due again at `_at`: a claim then queues it. `_lane` NULL leaves its lane.
CREATE FUNCTION retry(_key text, _generation bigint, _at bigint, _error text, _lane bigint, _back integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alive(_key, _generation);
    PERFORM job_done(_key);
    UPDATE mailbox m SET
        claimed = false, due = _at, not_before = _at, error = _error, lane = coalesce(_lane, m.lane),
        attempt = m.attempt - _back
    WHERE m.key = _key;
END $$;

-- The mail becomes a dead letter; what was tried of it does not count against the rest.
CREATE FUNCTION bury(_key text, _generation bigint, _seq bigint, _reason text, _now bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM alive(_key, _generation);
    INSERT INTO dead (sender, delivery_id, kind, received_at, reason, payload, key)
    SELECT i.sender, i.delivery_id, 'mail', i.received_at, _reason, i.mail, i.key
    FROM inbox i WHERE i.seq = _seq AND i.key = _key
    ON CONFLICT DO NOTHING;
    UPDATE inbox i SET settled_at = _now WHERE i.seq = _seq AND i.key = _key;
    UPDATE mailbox m SET attempt = 1 WHERE m.key = _key;
END $$;

-- Buried mail waits in its mailbox again; false if there is no such dead letter. It is the newest there: a settle that
-- is under way has not read it.
CREATE FUNCTION revive(_id bigint, _now bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    home text;
    letter dead;
BEGIN
    SELECT d.key INTO home FROM dead d WHERE d.id = _id AND d.kind = 'mail';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM hold_mailboxes(ARRAY[home]);
    DELETE FROM dead d WHERE d.id = _id RETURNING d.* INTO letter;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority)
    VALUES (letter.sender, letter.delivery_id, home, 'mail', letter.payload, letter.received_at, true, 0)
    ON CONFLICT (sender, delivery_id) DO UPDATE SET settled_at = NULL, seq = excluded.seq;
    PERFORM poke(home, _now, true, 0);
    RETURN true;
END $$;
