-- What `jishi doctor` asks of a database.

-- name: server
-- Version, encoding and time of the server, and how many connections are left of how many.
select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
       pg_encoding_to_char(encoding) as encoding, clock_timestamp() as now,
       current_setting('max_connections')::int as most,
       (select count(*) from pg_stat_activity where backend_type = 'client backend' or backend_type is null)::int as used,
       (select rolsuper from pg_roles where rolname = current_user) as is_superuser
from pg_database where datname = current_database();

-- name: catalog
-- The catalog's revision and how many offerings have a launched version.
select r.revision, r.changed_at,
       (select count(distinct offering_id) from offering_version where lifecycle_status = 'LAUNCHED') as launched
from catalog_revision r;

-- name: model
-- The model that serves and when it was trained; no row before the first promotion.
select s.version, s.since, m.created_at from model_serving s join model m on m.version = s.version;

-- name: imports
-- The last publication of each kind.
select distinct on (kind) kind, file_name, published_at, rows_read, rows_rejected
from import_batch where status = 'PUBLISHED' order by kind, published_at desc;

-- name: unfinished
-- Imports that were begun and neither published nor given up.
select id, kind, file_name, started_at from import_batch where status = 'STAGING' order by id;
