-- name: page
-- Changes behind the number $1: of the entities $2, the codes $3 and the actions $4 (null: of any), from $5 on, at most $6.
-- returns: catalog.feeds.change.Change
select sequence, revision, at, subject, request_id, entity, code, version, action, before, after
from catalog_change
where sequence > $1 and ($2::text[] is null or entity = any($2)) and ($3::text[] is null or code = any($3))
  and ($4::text[] is null or action = any($4)) and ($5::timestamptz is null or at >= $5)
order by sequence limit $6;

-- name: count
-- How many changes there are of the entities $1, the codes $2 and the actions $3 (null: of any), from $4 on.
select count(*) from catalog_change
where ($1::text[] is null or entity = any($1)) and ($2::text[] is null or code = any($2))
  and ($3::text[] is null or action = any($3)) and ($4::timestamptz is null or at >= $4);

-- name: last
-- The number of the latest change, 0 before the first.
select coalesce(max(sequence), 0) from catalog_change;

-- name: record
-- One change that no audit row tells by itself: a version that a file brought.
select record_catalog_change(now(), null, null, 'product_offering', $1, $2, $3, $4, $5);

-- name: between
-- The changes behind the number $1 up to the number $2.
-- returns: catalog.feeds.change.Change
select sequence, revision, at, subject, request_id, entity, code, version, action, before, after
from catalog_change where sequence > $1 and sequence <= $2 order by sequence;
