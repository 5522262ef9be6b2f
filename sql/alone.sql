-- Locks that belong to a session.

-- name: take
-- Whether the lock of this name was free; it is the session's from now on.
select pg_try_advisory_lock(hashtextextended('jishi.' || $1::text, 0));

-- name: be_patient
-- Waits of this session for a lock end after so long ('10000ms') with an error.
select set_config('lock_timeout', $1, false);

-- name: wait
-- Takes the lock of this name once it is free; it is the session's from now on.
select pg_advisory_lock(hashtextextended('jishi.' || $1::text, 0));
