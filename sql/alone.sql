-- Locks that belong to a session.

-- name: take
-- Whether the lock of this name was free; it is the session's from now on.
select pg_try_advisory_lock(hashtextextended('jishi.' || $1::text, 0));
