-- name: cancel
-- Cancels the subscriptions that a trial was to turn into at another moment than $5 (null: at any), as long as they lie
-- ahead of $6. What came into force stays.
update product set status = 'cancelled', termination_date = start_date
where customer_id = $1 and offering_id = $2 and instance = $3 and origin = 'VOLUNTARY' and channel is not distinct from $4
  and start_date > $6 and start_date is distinct from $5 and status <> 'cancelled'
returning customer_id;
