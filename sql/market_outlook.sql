-- name: clear
-- What was reckoned before goes; items go with their markets.
delete from market_outlook;

-- name: outlooks
-- Every market that was reckoned and is in force at $1 within a region ($2, null: everywhere). `offers` counts what its
-- members may buy, `most_offers` the same in the market of its kind that may buy the most.
-- returns: recommender.market_store.OutlookRow
select o.market_id, s.code, o.at, o.model_version, o.members, o.expected_adopters, o.monthly_value, o.gap_value,
       o.borrowed_from, o.offers, max(o.offers) over (partition by s.kind) as most_offers
from market_outlook o
join market_segment s on s.id = o.market_id
where s.valid @> $1::timestamptz and ($2::text is null or s.place = $2 or starts_with(s.place, $2 || '/'))
order by s.code;

-- name: best_items
-- The $2 items of each of the markets $1 that are expected to bring the most.
-- returns: recommender.market_store.ItemRow
select market_id, offering_id, eligible, expected_adopters, worth, penetration, reference, strength, lift, monthly_value,
       possible_adopters
from (
    select *, row_number() over (
        partition by market_id order by monthly_value desc, expected_adopters desc nulls last, worth desc, offering_id
    ) as place
    from market_item where market_id = any($1::int[]) and eligible > 0
) ranked
where place <= $2::int
order by market_id, place;

-- name: items
-- What was reckoned of one market, item by item.
-- returns: recommender.market_store.ItemRow
select market_id, offering_id, eligible, expected_adopters, worth, penetration, reference, strength, lift, monthly_value,
       possible_adopters
from market_item where market_id = $1 order by offering_id;

-- name: items_of
-- What was reckoned of some offerings $1 in every market within a region ($2, null: everywhere) in force at $3.
-- returns: recommender.market_store.ItemRow
select i.market_id, i.offering_id, i.eligible, i.expected_adopters, i.worth, i.penetration, i.reference, i.strength,
       i.lift, i.monthly_value, i.possible_adopters
from market_item i join market_segment s on s.id = i.market_id
where i.offering_id = any($1::int[]) and s.valid @> $3::timestamptz
  and ($2::text is null or s.place = $2 or starts_with(s.place, $2 || '/'))
order by i.market_id, i.offering_id;

-- name: borrowed_from
-- The markets whose figures stand for this one.
select borrowed_from from market_outlook where market_id = $1;

-- name: analyze
-- What was replaced as a whole is planned for as it is now.
analyze market_outlook, market_item;
