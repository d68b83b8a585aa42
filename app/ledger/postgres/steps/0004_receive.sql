-- A letter saved and its mailbox poked, in one call and one transaction.
--
-- A mailbox is *ready* when it is due, nobody has claimed it and it waits with no lane. A ready mailbox is queued: it
-- has a job of procrastinate's, whose lock and queueing lock are its key. What falls due later, or waits with a lane,
-- is queued by a later claim (0005): a job that must wait would keep its lock against those that need not.
--
-- The row of a mailbox is held by whoever pokes it, and by whoever claims it before its mail is read. So a poke that
-- finds `queued` has come in time: the claim that takes that job has yet to read the mail.

-- A job for a mailbox that is held. The conflict is met only where somebody meddled with procrastinate's table.
CREATE FUNCTION line_up(_key text, _priority integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock)
    VALUES ('prod_squad', 'settle', _priority, _key, _key)
    ON CONFLICT (queueing_lock) WHERE status = 'todo'
        DO UPDATE SET priority = greatest(procrastinate_jobs.priority, excluded.priority);
END $$;

-- Lock 4, for these mailboxes; those that are missing are made.
CREATE FUNCTION hold_mailboxes(_keys text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mailbox (key)
    SELECT DISTINCT k FROM unnest(_keys) AS k
    WHERE k IS NOT NULL AND NOT EXISTS (SELECT FROM mailbox m WHERE m.key = k)
    ORDER BY k
    ON CONFLICT DO NOTHING;
    PERFORM FROM mailbox m WHERE m.key = ANY (_keys) ORDER BY m.key FOR UPDATE;
END $$;

-- Make a mailbox that is held due, unless it already was; a prompt poke at once, another after the gap.
CREATE FUNCTION poke(_key text, _now bigint, _prompt boolean, _priority integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    box mailbox;
    falls bigint;
    ready boolean;
BEGIN
    SELECT * INTO box FROM mailbox m WHERE m.key = _key;
    IF NOT (
        box.due IS NULL OR box.priority < _priority OR (_prompt AND box.due > greatest(_now, box.not_before))
    ) THEN
        RETURN;
    END IF;
    falls := greatest(box.not_before, CASE
        WHEN _prompt THEN least(coalesce(box.due, _now), _now)
        ELSE coalesce(box.due, greatest(_now, box.last_run + box.gap))
    END);
    ready := NOT box.claimed AND box.lane = 0 AND falls <= _now;
    UPDATE mailbox m SET
        due = falls,
        born = CASE WHEN box.due IS NULL THEN _now ELSE box.born END,
        priority = greatest(box.priority, _priority),
        queued = box.queued OR ready
    WHERE m.key = _key;
    IF box.queued THEN
        -- One that is locked is being claimed, or raised by the claim that puts it back.
        UPDATE procrastinate_jobs j SET priority = greatest(j.priority, _priority)
        WHERE j.id = (
            SELECT t.id FROM procrastinate_jobs t WHERE t.queueing_lock = _key AND t.status = 'todo'
            FOR UPDATE SKIP LOCKED
        ) AND j.priority < _priority;
    ELSIF ready THEN
        PERFORM line_up(_key, greatest(box.priority, _priority));
    ELSIF NOT box.claimed THEN
        PERFORM pg_notify('procrastinate_queue_v1#prod_squad', '{"type": "due_later"}');
    END IF;
END $$;

-- Save a letter whose mailbox is held. `seq` is taken under that lock: it is in the order of commits for each
-- mailbox, so that "settled up to" never passes over a letter that nobody could see yet.
CREATE FUNCTION save_letter(l letter, _key text, _mail bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    repeated boolean;
BEGIN
    repeated := EXISTS (SELECT FROM inbox i WHERE i.sender = l.sender AND i.delivery_id = l.delivery);
    IF _key IS NULL THEN
        RETURN CASE WHEN repeated THEN 'repeated' ELSE 'not-ours' END;
    END IF;
    IF repeated THEN
        RETURN 'repeated';
    END IF;
    INSERT INTO inbox (sender, delivery_id, occurrence, key, kind, mail, received_at, prompt, priority)
    VALUES (l.sender, l.delivery, nullif(l.occurrence, ''), _key, l.kind, _mail, l.at, l.prompt, l.priority)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM poke(_key, l.at, l.prompt, l.priority);
        RETURN 'saved';
    END IF;
    INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority, settled_at)
    VALUES (l.sender, l.delivery, _key, l.kind, _mail, l.at, l.prompt, l.priority, l.at)
    ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'same-event' ELSE 'repeated' END;
END $$;

-- Letters in the order in which they came, each with its mail: what became of each, and its mailbox.
CREATE FUNCTION receive(_letters json, _mails bytea[]) RETURNS TABLE (fate text, "box" text) LANGUAGE plpgsql AS $$
DECLARE
    letters letter[] := ARRAY(SELECT l FROM json_populate_recordset(NULL::letter, _letters) AS l);
    keys text[];
BEGIN
    PERFORM lock_addresses(letters, '{}', NULL);
    FOR i IN 1 .. cardinality(letters) LOOP
        keys[i] := key_of(letters[i]);
    END LOOP;
    PERFORM hold_mailboxes(keys);
    FOR i IN 1 .. cardinality(letters) LOOP
        fate := save_letter(letters[i], keys[i], _mails[i]);
        "box" := keys[i];
        RETURN NEXT;
    END LOOP;
END $$;
