-- name: using
-- The offerings $1 and all that contain them or convert a trial to them, however deep; with $2 those that require them
-- as well.
with recursive used (id) as (
    select id from offering where code = any($1::text[])
    union
    select next.id from used u cross join lateral (
        select offering_id as id from offering_part where part_id = u.id
        union all
        select offering_id from offering_relationship
        where target_id = u.id and relationship_type = 'REQUIRES' and $2::boolean
        union all
        select v.offering_id from offering_version v join offering o on o.code = v.trial ->> 'to'
        where v.trial is not null and o.id = u.id
    ) next
)
select o.code from used u join offering o on o.id = u.id order by o.code;
