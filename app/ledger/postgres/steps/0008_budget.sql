-- GitHub's budget for the whole fleet: app/ledger/limits.py has the rule. One call at a time is judged for each
-- installation, so no two processes are granted the same room.

-- When the last of the oldest grants that together hold `_excess` was made: what a window then has room for.
CREATE FUNCTION created_until(_installation bigint, _since bigint, _excess bigint) RETURNS bigint LANGUAGE sql STABLE
AS $$
    SELECT coalesce(min(g.at) FILTER (WHERE g.upto >= _excess), max(g.at)) FROM (
        SELECT s.at, sum(s.creates) OVER (ORDER BY s.at, s.id) AS upto
        FROM spent s WHERE s.installation = _installation AND s.creates > 0 AND s.at > _since
    ) AS g
$$;

CREATE FUNCTION pointed_until(_installation bigint, _since bigint, _excess bigint) RETURNS bigint LANGUAGE sql STABLE
AS $$
    SELECT coalesce(min(g.at) FILTER (WHERE g.upto >= _excess), max(g.at)) FROM (
        SELECT s.at, sum(s.points) OVER (ORDER BY s.at, s.id) AS upto
        FROM spent s WHERE s.installation = _installation AND s.at > _since
    ) AS g
$$;

-- NULL if the call is granted, and counted; else the earliest time at which asking again can succeed. The `_most_…`
-- are what this call may fill of each window, `_short` and `_long` the windows' lengths.
--
-- Time never goes back: a process whose clock is behind is granted at the time of the last grant, or its grants would
-- leave the windows of the others too early.
CREATE FUNCTION take(
    _installation bigint, _creates integer, _points integer,
    _most_short integer, _most_long integer, _most_points integer, _short bigint, _long bigint, _now bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    moment bigint;
    free bigint;
    excess bigint;
    granted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(lock_id('budget:' || _installation));
    SELECT greatest(_now, max(s.at)) INTO moment FROM spent s WHERE s.installation = _installation;
    SELECT greatest(moment, max(g.blocked_until)) INTO free FROM gate g WHERE g.installation = _installation;
    IF _creates > 0 THEN
        SELECT coalesce(sum(s.creates), 0) + _creates - _most_short INTO excess
        FROM spent s WHERE s.installation = _installation AND s.creates > 0 AND s.at > moment - _short;
        IF excess > 0 THEN
            free := greatest(free, created_until(_installation, moment - _short, excess) + _short);
        END IF;
        SELECT coalesce(sum(s.creates), 0) + _creates - _most_long INTO excess
        FROM spent s WHERE s.installation = _installation AND s.creates > 0 AND s.at > moment - _long;
        IF excess > 0 THEN
            free := greatest(free, created_until(_installation, moment - _long, excess) + _long);
        END IF;
    END IF;
    SELECT coalesce(sum(s.points), 0) + _points - _most_points INTO excess
    FROM spent s WHERE s.installation = _installation AND s.at > moment - _short;
    IF excess > 0 THEN
        free := greatest(free, pointed_until(_installation, moment - _short, excess) + _short);
    END IF;
    IF free > moment THEN
        RETURN free;
    END IF;
    INSERT INTO spent (installation, at, creates, points) VALUES (_installation, moment, _creates, _points)
    RETURNING id INTO granted;
    IF granted % 256 = 0 THEN
        DELETE FROM spent s WHERE s.installation = _installation
        AND (s.at <= moment - _long OR (s.creates = 0 AND s.at <= moment - _short));
    END IF;
    RETURN NULL;
END $$;

-- Nothing is granted to this installation before then; an earlier block that lasts longer stays.
CREATE FUNCTION block(_installation bigint, _until bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock_id('budget:' || _installation));
    INSERT INTO gate VALUES (_installation, _until)
    ON CONFLICT (installation) DO UPDATE SET blocked_until = greatest(gate.blocked_until, excluded.blocked_until);
END $$;
