-- name: delete_versions
-- Removes versions that are rewritten, the offerings $1 in the versions $2, unless somebody was faster than the etags $3.
delete from offering_version v
using unnest($1::int[], $2::int[], $3::bigint[]) as wanted (id, version, etag)
where v.offering_id = wanted.id and v.version = wanted.version and v.etag = wanted.etag
returning v.version;
