-- name: of_code
-- A market as it is now, whether in force or not.
select id, code, kind, name, place, size, potential, facts, lower(valid) as valid_start, upper(valid) as valid_end, etag
from market_segment where code = $1 and not isempty(valid);

-- name: add
-- Adds a market; no row comes back when the code is taken.
insert into market_segment (code, kind, name, place, size, potential, facts, valid)
values ($1, $2, $3, $4, $5, $6, $7, tstzrange($8, $9))
on conflict (code) do nothing
returning id;

-- name: change
-- Changes a market, unless somebody was faster.
update market_segment
set kind = $3, name = $4, place = $5, size = $6, potential = $7, facts = $8, valid = tstzrange($9, $10), etag = etag + 1
where code = $1 and etag = $2
returning etag;

-- name: of_codes
-- The markets $1 as they are now, whether in force or not.
select id, code, kind, name, place, size, potential, facts, lower(valid) as valid_start, upper(valid) as valid_end, etag
from market_segment where code = any($1::text[]) and not isempty(valid);
