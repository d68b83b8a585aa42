-- Claims: what has fallen due is queued, then procrastinate hands out the next job.
--
-- `_held` maps a lane to the least priority that passes. `_now` is the App's clock; nothing here asks another.

CREATE FUNCTION passes(_lane bigint, _priority integer, _held jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN _lane = 0 OR _priority >= coalesce((_held ->> _lane::text)::integer, 0);

-- Microseconds since 1970 as RFC 3339 has it, in UTC.
CREATE FUNCTION rfc3339(_micros bigint) RETURNS text LANGUAGE sql STABLE
RETURN to_char(timestamp 'epoch' + _micros * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- Timers that are due become mail; ready mailboxes are queued; of those that wait with a lane, and pass, the best one
-- only: they are let through one by one. It waits for no lock: what another process holds, that one or a later call
-- does.
CREATE FUNCTION release(_now bigint, _held jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    fell timer;
    box record;
BEGIN
    keys := ARRAY(SELECT DISTINCT t.key FROM (
        SELECT key FROM timer WHERE due <= _now ORDER BY due LIMIT 100
    ) AS t ORDER BY t.key);
    IF keys <> '{}' THEN
        INSERT INTO mailbox (key)
        SELECT k FROM unnest(keys) AS k WHERE NOT EXISTS (SELECT FROM mailbox m WHERE m.key = k) ORDER BY k
        ON CONFLICT DO NOTHING;
        keys := ARRAY(SELECT m.key FROM mailbox m WHERE m.key = ANY (keys) ORDER BY m.key FOR UPDATE SKIP LOCKED);
        FOR fell IN
            WITH gone AS (DELETE FROM timer t WHERE t.key = ANY (keys) AND t.due <= _now RETURNING t.*)
            SELECT * FROM gone ORDER BY due, key, name
        LOOP
            INSERT INTO inbox (sender, delivery_id, key, kind, mail, received_at, prompt, priority)
            VALUES (
                'timer', fell.key || ':' || fell.name || ':' || fell.due, fell.key, 'timer',
                convert_to(
                    json_build_object('type', 'timer', 'name', fell.name, 'due', rfc3339(fell.due))::text, 'UTF8'
                ),
                _now, true, fell.priority
            )
            ON CONFLICT DO NOTHING;
            PERFORM poke(fell.key, _now, true, fell.priority);
        END LOOP;
    END IF;
    FOR box IN
            WITH ready AS (
            SELECT key FROM mailbox
            WHERE NOT claimed AND NOT queued AND due <= _now AND lane = 0
            ORDER BY priority DESC, born LIMIT 100
            FOR UPDATE SKIP LOCKED
        ), best AS (
            SELECT key FROM mailbox
            WHERE NOT claimed AND NOT queued AND due <= _now AND lane <> 0 AND passes(lane, priority, _held)
            ORDER BY priority DESC, born LIMIT 1
            FOR UPDATE SKIP LOCKED
        ), marked AS (
            UPDATE mailbox b SET queued = true
            WHERE b.key IN (SELECT key FROM ready UNION ALL SELECT key FROM best)
            RETURNING b.key, b.priority, b.born
        )
        SELECT key, priority FROM marked ORDER BY priority DESC, born
    LOOP
        PERFORM line_up(box.key, box.priority);
    END LOOP;
END $$;

-- The next mailbox, by priority, then by how long it has been ready.
--
--   verdict  | what the caller does
--   ---------|-----------------------------------------------------
--   claimed  | settles it
--   release  | calls `release`, then claims again with `_released`
--   again    | claims again
--   unknown  | `_worker` was taken for dead: it registers anew
--   none     | waits
CREATE FUNCTION claim(
    _now bigint, _held jsonb, _worker bigint, _released boolean,
    OUT verdict text, OUT box text, OUT "generation" bigint, OUT attempt integer, OUT priority integer
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    job procrastinate_jobs;
    found_box mailbox;
BEGIN
    IF NOT EXISTS (SELECT FROM procrastinate_workers w WHERE w.id = _worker) THEN
        verdict := 'unknown';
        RETURN;
    END IF;
    IF NOT _released AND (
        EXISTS (SELECT FROM timer t WHERE t.due <= _now)
        OR EXISTS (
            SELECT FROM mailbox m
            WHERE NOT m.claimed AND NOT m.queued AND m.due <= _now AND passes(m.lane, m.priority, _held)
        )
    ) THEN
        verdict := 'release';
        RETURN;
    END IF;
    job := procrastinate_fetch_job_v2(ARRAY['prod_squad'], _worker);
    IF job.id IS NULL THEN
        verdict := 'none';
        RETURN;
    END IF;
    SELECT m.* INTO found_box FROM mailbox m WHERE m.key = job.lock FOR UPDATE;
    IF NOT FOUND OR found_box.claimed OR NOT passes(found_box.lane, found_box.priority, _held) THEN
        PERFORM procrastinate_finish_job_v1(job.id, 'succeeded', true);
        UPDATE mailbox m SET queued = false WHERE m.key = job.lock;
        verdict := 'again';
        RETURN;
    END IF;
    UPDATE mailbox m SET
        claimed = true, queued = false, generation = m.generation + 1, attempt = m.attempt + 1,
        due = NULL, last_run = _now
    WHERE m.key = job.lock
    RETURNING m.key, m.generation, m.attempt, m.priority INTO box, "generation", attempt, priority;
    verdict := 'claimed';
END $$;

-- When the next mailbox that passes, or timer, falls due.
CREATE FUNCTION next_due(_held jsonb) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    box bigint;
    fall bigint;
BEGIN
    SELECT m.due INTO box FROM mailbox m
    WHERE NOT m.claimed AND m.due IS NOT NULL AND passes(m.lane, m.priority, _held) ORDER BY m.due LIMIT 1;
    SELECT t.due INTO fall FROM timer t ORDER BY t.due LIMIT 1;
    RETURN least(box, fall);
END $$;
