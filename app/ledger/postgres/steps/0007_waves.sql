-- Waves of new errors: app/mailroom/sql_storms.py has the table. One error at a time is judged, whichever process asks.

CREATE FUNCTION newcomer(_key text, _generation bigint, _ticket bigint, _at bigint, _within bigint, _most integer)
RETURNS TABLE (id bigint, began_at bigint, before text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    part bigint;
    others record;
BEGIN
    PERFORM alive(_key, _generation);
    PERFORM pg_advisory_xact_lock(lock_id('waves'));
    SELECT n.wave INTO part FROM newcomer n WHERE n.ticket = _ticket;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM op o WHERE o.key = _key) THEN
            SELECT w.id INTO part FROM wave w
            WHERE w.last_at >= _at - _within AND w.began_at <= _at + _within AND w.ended_at IS NULL
            ORDER BY w.id DESC LIMIT 1;
            IF FOUND THEN
                UPDATE wave w SET last_at = greatest(w.last_at, _at) WHERE w.id = part;
            ELSE
                SELECT count(*) AS number, min(c.at) AS first, max(c.at) AS last,
                    json_agg(c.ticket ORDER BY c.at, c.ticket)::text AS tickets
                INTO others FROM newcomer c
                WHERE c.at > greatest(_at - _within, coalesce((SELECT max(w.ended_at) FROM wave w), 0))
                AND c.at < _at + _within AND c.wave IS NULL;
                IF others.number >= _most THEN
                    INSERT INTO wave AS w (began_at, last_at, before)
                    VALUES (least(_at, others.first), greatest(_at, others.last), coalesce(others.tickets, '[]'))
                    RETURNING w.id INTO part;
                END IF;
            END IF;
        END IF;
        INSERT INTO newcomer VALUES (_ticket, _at, part);
    END IF;
    RETURN QUERY SELECT w.id, w.began_at, w.before FROM wave w WHERE w.id = part;
END $$;

CREATE FUNCTION end_wave(_wave bigint, _now bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock_id('waves'));
    UPDATE wave w SET ended_at = _now WHERE w.id = _wave AND w.ended_at IS NULL;
END $$;
