-- name: put_move
-- Keeps a move of holders; the number is its id.
insert into holder_move (offering_id, from_version, to_version, at, reason, requested_by, requested_at)
values ($1, $2, $3, $4, $5, $6, $7) returning id;

-- name: moves
-- The moves of the offering $1 (null: any), newest first, before the id $2 (null: from the newest), at most $3.
-- returns: catalog.desk.holder_move.HolderMove
select m.id, m.offering_id, o.code, m.from_version, m.to_version, m.at, m.reason, m.requested_by, m.requested_at,
       m.next_customer, m.moved, m.done_at, m.cancelled_at
from holder_move m join offering o on o.id = m.offering_id
where ($1::text is null or o.code = $1) and ($2::bigint is null or m.id < $2)
order by m.id desc
limit $3;

-- name: count_moves
-- How many moves there are of the offering $1 (null: any).
select count(*) from holder_move m join offering o on o.id = m.offering_id where $1::text is null or o.code = $1;

-- name: move
-- One move, held until the transaction ends.
-- returns: catalog.desk.holder_move.HolderMove
select m.id, m.offering_id, o.code, m.from_version, m.to_version, m.at, m.reason, m.requested_by, m.requested_at,
       m.next_customer, m.moved, m.done_at, m.cancelled_at
from holder_move m join offering o on o.id = m.offering_id
where m.id = $1
for update of m;

-- name: due
-- The move that is to be done first at $1: by day, then in the order in which they were asked for.
select id from holder_move where done_at is null and cancelled_at is null and at <= $1 order by at, id limit 1;

-- name: cancel_move
-- Takes a move back.
update holder_move set cancelled_at = $2 where id = $1;

-- name: last_customer
-- The greatest row id of any customer.
select coalesce(max(id), 0) from customer;

-- name: move_holders
-- Moves the holders of version $2 of the offering $1 to version $3 who are customers $4 to before $5 and hold it at $6.
-- Where nobody told the version of a product, it is the one that was in force when it began.
update product p set version = $3::smallint
from offering_version v
where v.offering_id = $1 and v.version = $2 and p.offering_id = $1 and p.customer_id >= $4 and p.customer_id < $5
  and (p.version = v.version or p.version is null and v.valid @> p.start_date)
  and p.status not in ('terminated', 'cancelled', 'aborted')
  and (p.termination_date is null or p.termination_date > $6);

-- name: go_on
-- Notes how far a move has come.
update holder_move set next_customer = $2, moved = moved + $3, done_at = $4 where id = $1;
