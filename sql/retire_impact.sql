-- name: products_estimate
-- About how many products there are, as PostgreSQL last counted them.
select coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint
from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'product'::regclass;

-- name: holders
-- Who holds the offering $1 at $2 within the region $3 (null: everywhere), as counts by status, origin and version, with
-- how many have a price as agreed and what these come to; of a sample of $4 per cent of all pages.
select p.status::text as status, p.origin::text as origin, p.version, count(*) as holders, count(p.price) as agreed,
       coalesce(sum(p.price), 0) as revenue
from product p tablesample system ($4::real)
where p.offering_id = $1 and p.start_date <= $2 and (p.termination_date is null or p.termination_date > $2)
  and p.status in ('pendingActive', 'active', 'suspended', 'pendingTerminate')
  and ($3::text is null or exists (
      select from customer c where c.id = p.customer_id and (c.place = $3 or starts_with(c.place, $3 || '/'))))
group by 1, 2, 3;
