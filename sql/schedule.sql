-- name: put_schedule
-- Keeps what a plan for a version goes back to when it is cancelled; a later plan of the same version takes its place.
insert into offering_schedule (offering_id, version, undo) values ($1, $2, $3)
on conflict (offering_id, version) do update set undo = excluded.undo;

-- name: drop_schedule
-- Forgets the plan of a version.
delete from offering_schedule where offering_id = $1 and version = $2;

-- name: schedule
-- What the plan of a version goes back to.
select undo from offering_schedule where offering_id = $1 and version = $2;
