-- name: ended
-- The versions that were in force at some time from $1 up to, not including, $2, and no longer are at $3.
select o.code, f.offering_id as id, f.version, lower(f.during) as valid_start, upper(f.during) as valid_end
from offering_in_force f join offering o on o.id = f.offering_id
where f.during && tstzrange($1, $2) and upper(f.during) <= $3
order by o.code, f.version;
