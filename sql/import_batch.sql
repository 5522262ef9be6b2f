-- The life of an import batch. `staging.rows` and `staging.keyed` stand for the batch's own tables, or for one slice of
-- them; a partition such as `customer_p00` stands for that of the slice.

-- name: lock
-- Waits until no other import of this kind runs; the lock belongs to the session.
select pg_advisory_lock(hashtextextended('jishi.import.' || $1::text, 0));

-- name: unlock
-- Lets the next import of this kind go on.
select pg_advisory_unlock(hashtextextended('jishi.import.' || $1::text, 0));

-- name: published
-- The last publication of this very file; `is_settled` when another run could not find more references than that one.
select b.id, b.rows_read, b.rows_rejected,
       not exists (
           select from import_reject r where r.batch_id = b.id and r.reason ->> 'en' like 'unknown %'
       ) as is_settled
from import_batch b
where b.kind = $1 and b.sha256 = $2 and b.mode = $3 and b.status = 'PUBLISHED'
order by b.id desc limit 1;

-- name: begun
-- The batch of this file that was begun and not published, how many chunks it has, how many rows they staged, and into
-- how many slices; none where its table is gone.
select b.id, count(c.number) as chunks, coalesce(sum(c.rows_staged), 0)::bigint as rows_staged,
       (select count(*) from pg_inherits i where i.inhparent = to_regclass('staging.import_' || b.id || '_rows')) as slices
from import_batch b left join import_chunk c on c.batch_id = b.id
where b.kind = $1 and b.sha256 = $2 and b.mode = $3 and b.status = 'STAGING'
group by b.id;

-- name: staged
-- How many rows the staging table still has; a crash of PostgreSQL empties it.
select count(*) from staging.rows;

-- name: others
-- Batches of a kind that were begun and left, apart from this file's.
select id from import_batch where kind = $1 and status = 'STAGING' and not (sha256 = $2 and mode = $3);

-- name: open
-- A new batch.
insert into import_batch (kind, mode, file_name, sha256, effective_at, started_at)
values ($1, $2, $3, $4, $5, now()) returning id;

-- name: abandon
-- Gives a batch up.
update import_batch set status = 'ABANDONED' where id = $1 and status = 'STAGING';

-- name: tables
-- What a batch made for itself, without the table called $2: views first, and partitions with their parents.
select c.relname, case c.relkind when 'v' then 'view' else 'table' end as form
from pg_class c
where c.relnamespace = 'staging'::regnamespace and c.relkind in ('v', 'r', 'p') and not c.relispartition
  and c.relname ~ ('^import_' || $1::bigint || '(_|$)') and c.relname <> 'import_' || $1 || '_' || $2::text
order by c.relkind desc;

-- name: chunk
-- A chunk that is staged.
insert into import_chunk (batch_id, number, rows_staged, rows_rejected) values ($1, $2, $3, $4);

-- name: reject
-- Rejected values of a chunk.
insert into import_reject (batch_id, line, column_name, value, reason)
select $1, r.line, r.column_name, r.value, jsonb_build_object('zh', r.zh, 'en', r.en)
from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) as r (line, column_name, value, zh, en)
on conflict do nothing;

-- name: rejected_so_far
-- Rows that were rejected before publication.
select coalesce(sum(rows_rejected), 0)::bigint from import_chunk where batch_id = $1;

-- name: is_usable
-- Whether any staged row can land.
select exists (select from staging.keyed where verdict is null);

-- name: is_grown
-- Whether $2 changed rows are many for what the planner believes of the table $1.
select $2::bigint >= greatest(10000, reltuples / 5) from pg_class where oid = $1::text::regclass;

-- name: publish
-- The batch is part of the data from here on.
update import_batch
set status = 'PUBLISHED', published_at = now(), effective_at = $2, rows_read = $3, rows_rejected = $4, rows_changed = $5
where id = $1 and status = 'STAGING' returning id;

-- name: rejects
-- What was rejected, in the order of the file.
select line, column_name, value, reason from import_reject where batch_id = $1 order by line, column_name;

-- name: attributes
-- The attributes of customers that were declared so far.
select code, kind, sensitive from attribute;

-- name: declare
-- Declares attributes; one that is sensitive stays so.
insert into attribute (code, kind, sensitive)
select * from unnest($1::text[], $2::text[], $3::boolean[])
on conflict (code) do update set sensitive = true where excluded.sensitive and not attribute.sensitive;
