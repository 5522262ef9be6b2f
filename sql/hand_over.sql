-- name: hold
-- A customer within a region ($2, null: everywhere), held until the transaction ends: one acceptance at a time.
select id, account_manager from customer
where code = $1 and ($2::text is null or place = $2 or starts_with(place, $2 || '/'))
for no key update;

-- name: manager
-- Who looks after a customer, or after the enterprise that the customer belongs to.
select coalesce(c.account_manager, e.account_manager)
from customer c left join customer e on e.code = c.enterprise where c.id = $1;

-- name: open_of
-- The open hand-over of an offering for a customer, if there is one.
select id from hand_over
where customer_id = $1 and offering_id = $2 and status in ('ACKNOWLEDGED', 'PENDING', 'IN_PROGRESS', 'HELD')
limit 1;

-- name: has_tried
-- Whether a customer tried, or is to try, one of the offerings $2.
select exists (select from product where customer_id = $1 and offering_id = any($2::int[]) and origin = 'TRIAL')
    or exists (select from hand_over where customer_id = $1 and offering_id = any($2) and is_trial
               and status not in ('FAILED', 'REJECTED', 'CANCELLED'));

-- name: add
-- A new hand-over.
insert into hand_over (kind, status, customer_id, offering_id, version, quantity, parts, term, is_trial, trial_until,
    quote, channel, agent, account_manager, contact_consent, note, recommendation_id, replaces, created_at, created_by,
    updated_at)
values ($1, 'ACKNOWLEDGED', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $18)
returning id;

-- name: add_event
-- A step that a hand-over made.
insert into hand_over_event (hand_over_id, at, subject, before_status, status, reason) values ($1, $2, $3, $4, $5, $6);

-- name: take
-- A hand-over's state, held until the transaction ends.
select id, kind, status, etag from hand_over where id = $1 for update;

-- name: change
-- A hand-over at its next state; the number that the order system gave it, who looks after it.
update hand_over
set status = $2, status_reason = $3, external_id = coalesce($4, external_id),
    account_manager = coalesce($5, account_manager), updated_at = $6, etag = etag + 1
where id = $1;

-- name: list
-- Hand-overs by number, within the region $1 (null: everywhere) and of the customer $2 (null: any), made by or in the care of
-- $3 (null: anybody), in the states $4 (null: any), of the kinds $5 (null: any), of the offering $6 (null: any), made from
-- $7 to $8 (null: any time), behind the number $9 (null: from the end), downwards where $10, at most $11.
select h.id, h.kind, h.status, h.status_reason, c.code as customer, o.code as offering, h.version, h.quantity, h.parts,
       h.replaces, h.term, h.is_trial, h.trial_until, h.quote, h.channel, h.agent, h.account_manager, h.contact_consent, h.note,
       h.recommendation_id, h.external_id, h.created_at, h.created_by, h.updated_at, h.etag
from hand_over h
join customer c on c.id = h.customer_id
join offering o on o.id = h.offering_id
where ($1::text is null or c.place = $1 or starts_with(c.place, $1 || '/'))
  and ($2::text is null or c.code = $2)
  and ($3::text is null or h.created_by = $3 or h.account_manager = $3)
  and ($4::text[] is null or h.status = any($4)) and ($5::text[] is null or h.kind = any($5))
  and ($6::text is null or o.code = $6)
  and ($7::timestamptz is null or h.created_at >= $7) and ($8::timestamptz is null or h.created_at < $8)
  and ($9::bigint is null or case when $10::boolean then h.id < $9 else h.id > $9 end)
order by (case when $10 then -h.id else h.id end)
limit $11;

-- name: events
-- What happened to hand-overs behind the number $1, up to the number $2 (null: now), at most $3, in order.
select e.sequence, e.at as event_at, e.subject, e.before_status, e.status as event_status, e.reason,
       h.id, h.kind, h.status, h.status_reason, c.code as customer, o.code as offering, h.version, h.quantity, h.parts,
       h.replaces, h.term, h.is_trial, h.trial_until, h.quote, h.channel, h.agent, h.account_manager, h.contact_consent, h.note,
       h.recommendation_id, h.external_id, h.created_at, h.created_by, h.updated_at, h.etag
from hand_over_event e
join hand_over h on h.id = e.hand_over_id
join customer c on c.id = h.customer_id
join offering o on o.id = h.offering_id
where e.sequence > $1 and ($2::bigint is null or e.sequence <= $2)
order by e.sequence limit $3;

-- name: history
-- The steps of one hand-over, the first one first.
select sequence, at, subject, before_status, status, reason from hand_over_event where hand_over_id = $1
order by sequence;

-- name: of_product
-- The open hand-overs of an offering for a customer, held until the transaction ends.
select id, kind, status, etag from hand_over
where customer_id = $1 and offering_id = $2 and status in ('ACKNOWLEDGED', 'PENDING', 'IN_PROGRESS', 'HELD')
for update;

-- name: delivered
-- The open hand-overs whose product is held at $1: a file brought it.
select h.id, h.kind, h.status, h.etag
from hand_over h
where h.status in ('ACKNOWLEDGED', 'PENDING', 'IN_PROGRESS', 'HELD')
  and exists (
      select from product p
      where p.customer_id = h.customer_id and p.offering_id = h.offering_id and p.status = 'active'
        and p.start_date <= $1 and (p.termination_date is null or p.termination_date > $1)
  )
for update;

-- name: contacts
-- Phone numbers and names of the customers $1, and the audit row of each look-up, for the endpoint $2 at $3.
with who as (
    select code, msisdn, name from customer where code = any($1::text[])
), logged as (
    insert into audit (at, subject, role, action, entity, entity_id, request_id)
    select $3, 'webhook:' || $2::text, 'operator', 'customer.hand_over', 'customer', code, null from who
)
select code, msisdn, name from who;

-- name: one
-- One hand-over, of a customer within the region $2 (null: everywhere).
select h.id, h.kind, h.status, h.status_reason, c.code as customer, o.code as offering, h.version, h.quantity, h.parts,
       h.replaces, h.term, h.is_trial, h.trial_until, h.quote, h.channel, h.agent, h.account_manager, h.contact_consent, h.note,
       h.recommendation_id, h.external_id, h.created_at, h.created_by, h.updated_at, h.etag
from hand_over h
join customer c on c.id = h.customer_id
join offering o on o.id = h.offering_id
where h.id = $1 and ($2::text is null or c.place = $2 or starts_with(c.place, $2 || '/'));

-- name: count
-- How many hand-overs there are: as `list` of the same first eight parameters.
select count(*)
from hand_over h
join customer c on c.id = h.customer_id
join offering o on o.id = h.offering_id
where ($1::text is null or c.place = $1 or starts_with(c.place, $1 || '/'))
  and ($2::text is null or c.code = $2)
  and ($3::text is null or h.created_by = $3 or h.account_manager = $3)
  and ($4::text[] is null or h.status = any($4)) and ($5::text[] is null or h.kind = any($5))
  and ($6::text is null or o.code = $6)
  and ($7::timestamptz is null or h.created_at >= $7) and ($8::timestamptz is null or h.created_at < $8);

-- name: count_events
-- How many steps all hand-overs made.
select count(*) from hand_over_event;
