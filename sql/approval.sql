-- name: put_approval
-- Keeps a request; the number is its id.
insert into approval (offering_id, version, etag, action, at, with_parts, reason, requested_by, requested_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id;

-- name: void_approval
-- What was asked for a version as it no longer is cannot be decided any more.
update approval set decision = 'VOID', decided_at = $3
where offering_id = $1 and version = $2 and decision is null;

-- name: decide_approval
-- Decides an undecided request.
update approval set decision = $2, decided_by = $3, decided_at = $4, decision_reason = $5
where id = $1 and decision is null;

-- name: approvals
-- The requests of state $1 (null: any) for the offering $2 (null: any), by $3 (null: anybody), newest first, before the id
-- $4 (null: from the newest), at most $5. Undecided ones whose version was edited are void.
select * from (
    select a.id, o.code, a.version, a.etag, a.action, a.at, a.with_parts, a.reason, a.requested_by, a.requested_at,
           coalesce(a.decision, case when v.etag = a.etag then 'OPEN' else 'VOID' end) as state,
           a.decided_by, a.decided_at, a.decision_reason
    from approval a
    join offering o on o.id = a.offering_id
    left join offering_version v on v.offering_id = a.offering_id and v.version = a.version
) found
where ($1::text is null or state = $1) and ($2::text is null or code = $2)
  and ($3::text is null or requested_by = $3) and ($4::bigint is null or id < $4)
order by id desc
limit $5;

-- name: count_approvals
-- How many requests of state $1 (null: any) there are for the offering $2 (null: any) by $3 (null: anybody).
select count(*) from (
    select o.code, a.requested_by, coalesce(a.decision, case when v.etag = a.etag then 'OPEN' else 'VOID' end) as state
    from approval a
    join offering o on o.id = a.offering_id
    left join offering_version v on v.offering_id = a.offering_id and v.version = a.version
) found
where ($1::text is null or state = $1) and ($2::text is null or code = $2) and ($3::text is null or requested_by = $3);

-- name: requests
-- The requests with the ids $1.
select a.id, o.code, a.version, a.etag, a.action, a.at, a.with_parts, a.reason, a.requested_by, a.requested_at,
       coalesce(a.decision, case when v.etag = a.etag then 'OPEN' else 'VOID' end) as state,
       a.decided_by, a.decided_at, a.decision_reason
from approval a
join offering o on o.id = a.offering_id
left join offering_version v on v.offering_id = a.offering_id and v.version = a.version
where a.id = any($1::bigint[]);

-- name: undecided
-- The undecided request for a version, whether it was edited meanwhile or not.
select id from approval where offering_id = $1 and version = $2 and decision is null;
