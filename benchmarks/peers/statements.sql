-- What the peers ask of the plain tables; a column of two words is named by `as`, so that Node's servers can rename it.

-- name: offering
select code, name, description, lifecycle_status as lifecycle_status, is_bundle as is_bundle
from offering where code = $1;

-- name: offerings
select code, name, description, lifecycle_status as lifecycle_status, is_bundle as is_bundle
from offering where code = any($1);

-- name: page
select code, name, description, lifecycle_status as lifecycle_status, is_bundle as is_bundle
from offering where code > $2 order by code limit $1 + 1;

-- name: prices
select offering, code, name, price_type as price_type, recurring_charge_period as recurring_charge_period,
       (price).unit, (price).value
from price where offering = any($1) order by offering, position;

-- name: categories
select oc.offering, c.code, c.name
from offering_category oc join category c on c.code = oc.category
where oc.offering = any($1) order by oc.offering, c.code;

-- name: parts
select bundle, offering, default_count as number_rel_offer_default
from part where bundle = any($1) order by bundle, position;

-- name: market
select code, kind, name, place, size from market where code = $1;

-- name: solutions
select a.market, s.code, s.name, s.description
from application a join solution s on s.code = a.solution
where a.market = any($1) order by a.market, s.code;

-- name: applied
select market, solution, template, code, is_copy as is_copy
from applied where market = any($1) order by market, solution, template;

-- name: found
select code, name, description, lifecycle_status as lifecycle_status, is_bundle as is_bundle, count(*) over ()::int as total
from offering o
where exists (
        select from offering_category oc join category_above a on a.code = oc.category
        where oc.offering = o.code and a.above = $1)
  and monthly_fee between $2 and $3
order by not is_sellable, code limit $4;

-- name: facets
with found as materialized (
    select o.* from offering o
    where exists (
            select from offering_category oc join category_above a on a.code = oc.category
            where oc.offering = o.code and a.above = $1)
      and monthly_fee between $2 and $3
), counted (field, value, name, count) as (
    select 'CATEGORY', c.code, c.name, count(distinct f.code)
    from found f
    join offering_category oc on oc.offering = f.code
    join category_above a on a.code = oc.category
    join category c on c.code = a.above
    group by c.code
    union all
    select 'FAMILY', family, family, count(*) from found where family is not null group by family
    union all
    select 'CHANNEL', c.code, c.name, count(*)
    from found f join offering_channel oc on oc.offering = f.code join channel c on c.code = oc.channel
    group by c.code
    union all
    select 'COMPLEXITY', complexity, complexity, count(*) from found group by complexity
    union all
    select 'KIND', k.kind, k.name, count(*)
    from found f
    join (values (true, 'BUNDLE', 'Bundles'), (false, 'OFFERING', 'Single offerings')) k (is_bundle, kind, name)
        on k.is_bundle = f.is_bundle
    group by k.kind, k.name
    union all
    select 'MONTHLY_FEE', b.name, b.name, count(*)
    from found f
    join (values (0, 1, '0-1'), (1, 10, '1-10'), (10, 30, '10-30'), (30, 60, '30-60'), (60, 100, '60-100'),
                 (100, 200, '100-200'), (200, 1e18, '200-')) b (low, high, name)
        on f.monthly_fee >= b.low and f.monthly_fee < b.high
    group by b.name
)
select field, value, name, count::int from counted order by field, count desc, value;
