-- What a backup asks of PostgreSQL. Tables of files on their way in (schema staging) are no part of one.

-- name: steady
-- Makes rows look the same as text wherever they are read, until the end of the transaction.
select set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO, YMD', true) as datestyle,
       set_config('intervalstyle', 'postgres', true) as intervalstyle,
       set_config('bytea_output', 'hex', true) as bytea_output,
       set_config('extra_float_digits', '1', true) as extra_float_digits;

-- name: snapshot
-- The name under which another session sees what this transaction sees.
select pg_export_snapshot();

-- name: tables
-- Tables as quoted names; partitions count with their parent.
select format('%I.%I', n.nspname, c.relname) as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname <> 'staging' and n.nspname <> 'information_schema' and n.nspname not like 'pg\_%'
order by name;

-- name: fingerprint
-- How many rows a table (in the place of schema_migration) has, and a sum over them whatever their order is.
select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as hash from public.schema_migration t;

-- name: holds_rows
-- Whether a table (in the place of schema_migration) has any row.
select exists (select from public.schema_migration t);

-- name: migrations
-- The migrations that were applied, in order.
select name from public.schema_migration order by name;

-- name: is_migrated
-- Whether there is a list of applied migrations.
select to_regclass('public.schema_migration') is not null;

-- name: revision
-- The catalog's revision, 0 before its first change.
select revision from public.catalog_revision;

-- name: about
-- What a manifest says of the server.
select current_database()::text as database, current_setting('server_version') as server;

-- name: others
-- How many other sessions use this database; autovacuum has no user.
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and usename is not null;

-- name: forget_staging
-- Forgets what unfinished imports have staged.
drop schema if exists staging cascade;

-- name: forget_tables
-- Forgets all tables, types and functions.
drop schema public cascade;

-- name: begin_anew
-- Makes their place once more.
create schema public;
