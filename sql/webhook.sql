-- name: endpoints
-- Every endpoint, or the one with the code $1, by code.
select id, code, url, personal_data, secret_generation, previous_until, created_at, created_by, etag
from webhook_endpoint where $1::text is null or code = $1 order by code;

-- name: streams
-- What each of the endpoints $1 is told, and how many rows it is behind; more than ten thousand are not counted.
select s.endpoint_id, s.topic, s.status, s.cursor, behind.behind, s.attempts, s.next_at, s.last_at, s.last_status,
       s.last_error, s.delivered, s.delivered_at
from webhook_stream s
cross join lateral (
    select count(*) as behind from (
        select from catalog_change c where s.topic = 'CATALOG_CHANGED' and c.sequence > s.cursor
        union all
        select from hand_over_event h where s.topic = 'HAND_OVER_CHANGED' and h.sequence > s.cursor
        limit 10000
    ) rows
) behind
where s.endpoint_id = any($1::int[]) order by s.endpoint_id, s.topic;

-- name: take
-- One endpoint, held until the transaction ends.
select id, code, url, personal_data, secret_generation, previous_until, created_at, created_by, etag
from webhook_endpoint where code = $1 for update;

-- name: add
-- A new endpoint; no row comes back when the code is taken.
insert into webhook_endpoint (code, url, personal_data, created_at, created_by) values ($1, $2, $3, $4, $5)
on conflict (code) do nothing returning id;

-- name: change
-- An endpoint as it should be from now on.
update webhook_endpoint
set url = $2, personal_data = $3, secret_generation = $4, previous_until = $5, etag = etag + 1
where id = $1;

-- name: remove
-- Takes an endpoint away, and what it was told.
delete from webhook_endpoint where id = $1;

-- name: follow
-- Tells an endpoint of a topic from the number $3 on; null: from what happens next.
insert into webhook_stream (endpoint_id, topic, cursor, next_at)
values ($1, $2, coalesce($3, case $2
    when 'CATALOG_CHANGED' then (select coalesce(max(sequence), 0) from catalog_change)
    else (select coalesce(max(sequence), 0) from hand_over_event) end), now())
on conflict (endpoint_id, topic) do nothing;

-- name: unfollow
-- Tells an endpoint of the topics $2 alone.
delete from webhook_stream where endpoint_id = $1 and topic <> all($2::text[]);

-- name: set_status
-- Stops or resumes the topics $2 (null: all) of an endpoint; resumed, what waits is sent at once.
update webhook_stream
set status = $3, attempts = 0, next_at = now(), lease = null, leased_until = null
where endpoint_id = $1 and ($2::text is null or topic = $2);

-- name: skip
-- Passes over the batch that an endpoint does not take.
update webhook_stream
set cursor = batch_until, batch_until = null, batch_id = null, attempts = 0, next_at = now(), lease = null,
    leased_until = null
where endpoint_id = $1 and ($2::text is null or topic = $2) and batch_until is not null;

-- name: claim
-- Up to $1 streams with something to send, each leased to one sender for $2. A batch that was begun is sent again as
-- it was; a new one takes what waits, at most $3 rows and about $4 bytes. A sender that dies leaves its lease to run out.
with due as (
    select s.endpoint_id, s.topic, coalesce(s.batch_until, next.until) as batch_until
    from webhook_stream s
    cross join lateral (
        select max(sequence) as until from (
            select sequence, sum(bytes) over (order by sequence) as total, row_number() over (order by sequence) as turn
            from (
                select * from (
                    select sequence, 300 + coalesce(octet_length(before::text), 0)
                                         + coalesce(octet_length(after::text), 0) as bytes
                    from catalog_change where s.topic = 'CATALOG_CHANGED' and sequence > s.cursor
                    order by sequence limit $3
                ) changes
                union all
                select * from (
                    select sequence, 4000 from hand_over_event
                    where s.topic = 'HAND_OVER_CHANGED' and sequence > s.cursor order by sequence limit $3
                ) events
            ) waiting
        ) sized
        where turn = 1 or total <= $4
    ) next
    where s.status = 'ACTIVE' and s.next_at <= now() and (s.leased_until is null or s.leased_until <= now())
      and coalesce(s.batch_until, next.until) is not null
    order by s.next_at limit $1
    for update of s skip locked
)
update webhook_stream s
set lease = gen_random_uuid(), leased_until = now() + $2::interval, batch_until = due.batch_until,
    batch_id = coalesce(s.batch_id, gen_random_uuid())
from due join webhook_endpoint e on e.id = due.endpoint_id
where s.endpoint_id = due.endpoint_id and s.topic = due.topic
returning s.topic, s.cursor, s.batch_until, s.batch_id, s.attempts, s.lease, e.id, e.code, e.url, e.personal_data,
          e.secret_generation, e.previous_until, e.created_at, e.created_by, e.etag;

-- name: delivered
-- A batch of $3 rows that its receiver took, answering $2; nothing when the lease went to somebody else.
update webhook_stream
set cursor = batch_until, batch_until = null, batch_id = null, attempts = 0, next_at = now(), lease = null,
    leased_until = null, last_at = now(), last_status = $2, last_error = null, delivered = delivered + $3,
    delivered_at = now()
where lease = $1 returning topic;

-- name: failed
-- A batch that did not arrive: again after $4, or given up ($5).
update webhook_stream
set attempts = attempts + 1, next_at = now() + $4::interval, status = case when $5 then 'DEAD' else status end,
    lease = null, leased_until = null, last_at = now(), last_status = $2, last_error = $3
where lease = $1 returning status;

-- name: next_due
-- In how many seconds something that waits falls due; null when nothing waits.
select extract(epoch from min(greatest(next_at, leased_until)) - now())::float8
from webhook_stream where status = 'ACTIVE' and batch_until is not null;

-- name: tell
-- Wakes the senders.
select pg_notify('feed', 'webhook');
