-- What becomes of claims whose process is gone.

-- The jobs' mailboxes are free again and ahead of all others; that their process died counts as no attempt. A job's
-- id is one claim's, so nothing happens where that claim is over. Returns the mailboxes.
CREATE FUNCTION give_back(_jobs bigint[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    freed text[];
BEGIN
    keys := ARRAY(SELECT j.lock FROM procrastinate_jobs j WHERE j.id = ANY (_jobs) AND j.status = 'doing');
    PERFORM FROM mailbox m WHERE m.key = ANY (keys) ORDER BY m.key FOR UPDATE;
    keys := ARRAY(SELECT j.lock FROM procrastinate_jobs j WHERE j.id = ANY (_jobs) AND j.status = 'doing');
    PERFORM job_done(k) FROM unnest(keys) AS k;
    WITH free AS (
        UPDATE mailbox m SET
            claimed = false, attempt = greatest(m.attempt - 1, 0), due = coalesce(m.due, m.last_run),
            queued = m.lane = 0
        WHERE m.key = ANY (keys) AND m.claimed
        RETURNING m.key, m.lane
    )
    SELECT array_agg(key), array_agg(key) FILTER (WHERE lane = 0) INTO keys, freed FROM free;
    PERFORM line_up(k, 1000) FROM unnest(freed) AS k ORDER BY k;
    RETURN coalesce(keys, '{}');
END $$;

-- Those of a process that has died, each by one process only. `_jobs` are what procrastinate calls stalled.
CREATE FUNCTION take_over(_jobs bigint[]) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(lock_id('take over')) THEN
        RETURN '{}';
    END IF;
    RETURN give_back(_jobs);
END $$;

-- Those that a process holds, but for mailboxes it knows of: their claim was committed, and its answer lost.
CREATE FUNCTION give_back_but(_worker bigint, _known text[]) RETURNS text[] LANGUAGE sql AS $$
    SELECT give_back(ARRAY(
        SELECT j.id FROM procrastinate_jobs j
        WHERE j.worker_id = _worker AND j.status = 'doing' AND j.lock <> ALL (_known)
    ))
$$;

-- Mailboxes and jobs that do not fit together, since somebody meddled with procrastinate's tables: the mailboxes are
-- put right. Returns how many.
CREATE FUNCTION mend() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    odd text[];
    mended integer;
BEGIN
    odd := ARRAY(
        SELECT m.key FROM mailbox m WHERE m.claimed AND NOT EXISTS (
            SELECT FROM procrastinate_jobs j WHERE j.lock = m.key AND j.status = 'doing')
        UNION
        SELECT m.key FROM mailbox m WHERE m.queued AND NOT EXISTS (
            SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = m.key AND j.status = 'todo')
    );
    IF odd = '{}' THEN
        RETURN 0;
    END IF;
    PERFORM FROM mailbox m WHERE m.key = ANY (odd) ORDER BY m.key FOR UPDATE;
    UPDATE mailbox m SET
        claimed = m.claimed AND r.doing, queued = m.queued AND r.todo, due = coalesce(m.due, m.last_run)
    FROM (
        SELECT k AS key,
            EXISTS (SELECT FROM procrastinate_jobs j WHERE j.lock = k AND j.status = 'doing') AS doing,
            EXISTS (SELECT FROM procrastinate_jobs j WHERE j.queueing_lock = k AND j.status = 'todo') AS todo
        FROM unnest(odd) AS k
    ) AS r
    WHERE m.key = r.key AND ((m.claimed AND NOT r.doing) OR (m.queued AND NOT r.todo));
    GET DIAGNOSTICS mended = ROW_COUNT;
    RETURN mended;
END $$;
