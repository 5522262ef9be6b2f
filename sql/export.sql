-- name: last_change
-- Who changed an offering last, when and how.
select subject, at, action from catalog_change where entity = 'product_offering' and code = $1
order by sequence desc limit 1;
