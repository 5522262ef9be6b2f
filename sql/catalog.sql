-- name: revision
-- The revision that the catalog is at.
select revision from catalog_revision;

-- name: next_revision
-- Takes the catalog to its next revision, which what was touched carries from now on, and tells every server process,
-- once the transaction is committed.
with moved as (
    update catalog_revision set revision = revision + 1, changed_at = $1 returning revision
), offerings as (
    update offering o set revision = m.revision from moved m where o.revision is null
), parts as (
    update catalog_part p set revision = m.revision from moved m where p.revision is null
)
select revision, pg_notify('catalog', revision::text) from moved;

-- name: changed_offerings
-- The offerings that changed after revision $1.
select id, code from offering where revision > $1 or revision is null order by code;

-- name: changed_parts
-- The registers that changed after revision $1.
select part from catalog_part where revision > $1 or revision is null;

-- name: lock
-- One writer of the catalog at a time; readers do not wait.
select pg_advisory_xact_lock(hashtext('jishi.catalog'));

-- name: categories
-- Every category, with its parent's code.
select c.code, c.name, p.code as parent, c.etag, lower(c.valid) as valid_start, upper(c.valid) as valid_end
from category c left join category p on p.id = c.parent_id
order by c.code;

-- name: versions
-- The versions of the offerings $2 (null: all) that are current or coming at $1: the newest in design, the newest past
-- it, and those whose validity has not ended by then; every one when $1 is null. Oldest first.
select o.code, v.offering_id as id, v.version, t.code as template, v.name::text, v.description::text, v.is_sellable,
       v.lifecycle_status, v.status_reason, lower(v.valid) as valid_start, upper(v.valid) as valid_end,
       v.family, v.step, v.complexity, v.talking_point::text, v.margin, v.external_identifier, v.last_update, v.etag,
       v.specification, v.characteristics, v.places, v.market_segments, v.policies, v.allowed_actions, v.trial
from offering_version v
join offering o on o.id = v.offering_id
left join offering t on t.id = o.template_id
where ($2::int[] is null or v.offering_id = any($2)) and ($1::timestamptz is null
    or upper_inf(v.valid) or upper(v.valid) > $1
    or v.version in (
        select max(version) from offering_version n where n.offering_id = v.offering_id
        group by n.lifecycle_status in ('IN_STUDY', 'IN_DESIGN', 'IN_TEST')))
order by o.code, v.version;

-- name: offering_id
-- The row of an offering.
select id from offering where code = $1;

-- name: reached
-- The offerings $1 and every one that a walk along parts and prerequisites reaches from them.
with recursive reached (id) as (
    select id from offering where code = any($1::text[])
    union
    select next.id from reached r cross join lateral (
        select part_id as id from offering_part where offering_id = r.id
        union all
        select target_id from offering_relationship where offering_id = r.id and relationship_type = 'REQUIRES'
    ) next
)
select id from reached;

-- name: parents
-- The offerings that contain an offering in some version.
select distinct offering_id as id from offering_part where part_id = $1;

-- name: prices
-- The prices of every version of the offerings $1 (null: all), in their order.
select offering_id, version, code, name::text, price_type, unit, value, percentage, unit_of_measure_amount,
       unit_of_measure_units, recurring_charge_period, tax_included, tax_rate,
       lower(valid) as valid_start, upper(valid) as valid_end,
       rating_increment_amount, rating_increment_units, connect_fee, tier_mode, tiers::text, carry_over, time_window::text,
       stacking, exclusive_group, application_duration_amount, application_duration_units, priority, scope,
       to_jsonb(applies_to)::text as applies_to, term
from offering_price where $1::int[] is null or offering_id = any($1)
order by offering_id, version, position, code;

-- name: terms
-- The terms of every version of the offerings $1 (null: all), in their order.
select offering_id, version, code, name::text, kind, duration_amount, duration_units, unit, minimum, minimum_period,
       shortfall_percentage, shortfall_prorated, early_price, early_percentage, tier_lift, scope,
       lower(valid) as valid_start, upper(valid) as valid_end
from offering_term where $1::int[] is null or offering_id = any($1)
order by offering_id, version, position, code;

-- name: parts
-- The parts of every version of the offerings $1 (null: all), in their order.
select p.offering_id, p.version, o.code, p.lower_limit, p.default_count, p.upper_limit, p.group_code
from offering_part p join offering o on o.id = p.part_id
where $1::int[] is null or p.offering_id = any($1)
order by p.offering_id, p.version, p.position, o.code;

-- name: groups
-- The groups of every version of the offerings $1 (null: all), in their order.
select offering_id, version, code, name::text, lower_limit, upper_limit, parent_code
from offering_group where $1::int[] is null or offering_id = any($1)
order by offering_id, version, position, code;

-- name: relationships
-- The relationships of every version of the offerings $1 (null: all).
select r.offering_id, r.version, r.relationship_type, o.code as target, r.group_code, r.min_count, r.max_count
from offering_relationship r join offering o on o.id = r.target_id
where $1::int[] is null or r.offering_id = any($1)
order by r.offering_id, r.version, r.relationship_type, o.code;

-- name: offering_categories
-- The categories in which every version of the offerings $1 (null: all) stands.
select oc.offering_id, oc.version, c.code
from offering_category oc join category c on c.id = oc.category_id
where $1::int[] is null or oc.offering_id = any($1)
order by oc.offering_id, oc.version, c.code;

-- name: channels
-- The channels of every version of the offerings $1 (null: all), and when each is open.
select offering_id, version, channel, lower(valid) as valid_start, upper(valid) as valid_end
from offering_channel where $1::int[] is null or offering_id = any($1)
order by offering_id, version, channel;

-- name: entries
-- Every entry of the registers.
select kind, code, name, lower(valid) as valid_start, upper(valid) as valid_end, content, etag
from catalog_entry order by kind, code;

-- name: put_entry
-- Makes or changes an entry of a register; no row comes back when nothing changed.
insert into catalog_entry (kind, code, name, valid, content, changed_at)
values ($1, $2, $3, tstzrange($4, $5), $6, $7)
on conflict (kind, code) do update
set name = excluded.name, valid = excluded.valid, content = excluded.content, changed_at = excluded.changed_at,
    etag = catalog_entry.etag + 1
where (catalog_entry.name, catalog_entry.valid, catalog_entry.content)
    is distinct from (excluded.name, excluded.valid, excluded.content)
returning etag;

-- name: markets
-- Every market in force at $1 or later.
select id, code, kind, name, place, size, potential, facts, lower(valid) as valid_start, upper(valid) as valid_end, etag
from market_segment where upper_inf(valid) or upper(valid) > $1
order by code;

-- name: attributes
-- The columns that the operator knows of customers.
-- returns: catalog.customer.Attribute
select code, kind, sensitive, name from attribute order by code;

-- name: put_attribute
-- Declares an attribute, or names it anew; no row comes back when nothing changed. Its kind stays as it is.
insert into attribute (code, kind, sensitive, name) values ($1, $2, $3, $4)
on conflict (code) do update set sensitive = excluded.sensitive, name = excluded.name
where (attribute.sensitive, attribute.name) is distinct from (excluded.sensitive, excluded.name)
returning code;

-- name: put_category
-- Makes or changes a category; no row comes back when nothing changed. The parent follows in a statement of its own.
insert into category (code, name, valid) values ($1, $2, tstzrange($3, $4))
on conflict (code) do update set name = excluded.name, valid = excluded.valid, etag = category.etag + 1
where (category.name, category.valid) is distinct from (excluded.name, excluded.valid)
returning id;

-- name: put_category_parent
-- Hangs a category below its parent; no row comes back when it already hung there.
update category set parent_id = p.id, etag = category.etag + 1
from (select (select id from category where code = $2) as id) p
where category.code = $1 and category.parent_id is distinct from p.id
returning category.id;

-- name: put_offering
-- The row that is an offering for ever.
insert into offering (code) values ($1) on conflict (code) do update set code = excluded.code returning id;

-- name: put_template
-- Names the template whose item a market's copy shares.
update offering set template_id = t.id
from (select (select id from offering where code = $2) as id) t
where offering.code = $1 and offering.template_id is distinct from t.id;

-- name: end_version
-- Ends the launched validity of an offering at $2, where a next version takes over.
update offering_version set valid = tstzrange(lower(valid), $2), etag = etag + 1, last_update = $3
where offering_id = $1 and lifecycle_status = 'LAUNCHED' and valid @> $2::timestamptz
  and (lower_inf(valid) or lower(valid) < $2);

-- name: delete_version
-- Removes a version that is rewritten in place, with all that belongs to it, unless somebody was faster.
delete from offering_version where offering_id = $1 and version = $2 and etag = $3 returning version;

-- name: put_validity
-- Moves the time in which a version is in force.
update offering_version set valid = tstzrange($3, $4), etag = etag + 1, last_update = $5
where offering_id = $1 and version = $2;

-- name: insert_version
-- Writes one version.
insert into offering_version (offering_id, version, name, description, is_bundle, is_sellable, lifecycle_status,
    status_reason, valid, family, step, complexity, talking_point, margin, external_identifier, last_update, etag,
    specification, characteristics, places, market_segments, policies, allowed_actions, trial)
values ($1, $2, $3, $4, $5, $6, $7, $8, tstzrange($9, $10), $11, $12, $13, $14, $15, $16, $17, $18,
    $19, $20, $21, $22, $23, $24, $25);

-- name: insert_price
-- Writes one price of a version.
insert into offering_price (offering_id, version, position, code, name, price_type, unit, value, percentage,
    unit_of_measure_amount, unit_of_measure_units, recurring_charge_period, tax_included, tax_rate, valid,
    rating_increment_amount, rating_increment_units, connect_fee, tier_mode, tiers, carry_over, time_window,
    stacking, exclusive_group, application_duration_amount, application_duration_units, priority, scope, applies_to,
    term)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, tstzrange($15, $16),
    $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31);

-- name: insert_term
-- Writes one term of a version.
insert into offering_term (offering_id, version, position, code, name, kind, duration_amount, duration_units, unit,
    minimum, minimum_period, shortfall_percentage, shortfall_prorated, early_price, early_percentage, tier_lift, scope,
    valid)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, tstzrange($18, $19));

-- name: insert_group
-- Writes one group of a bundle; a parent is written before its children.
insert into offering_group (offering_id, version, position, code, name, lower_limit, upper_limit, parent_code)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: insert_part
-- Writes one part of a bundle.
insert into offering_part (offering_id, version, position, part_id, lower_limit, default_count, upper_limit, group_code)
values ($1, $2, $3, (select id from offering where code = $4), $5, $6, $7, $8);

-- name: insert_relationship
-- Writes one relationship of a version.
insert into offering_relationship (offering_id, version, relationship_type, target_id, group_code, min_count, max_count)
values ($1, $2, $3, (select id from offering where code = $4), $5, $6, $7);

-- name: insert_category
-- Puts a version into a category.
insert into offering_category (offering_id, version, category_id)
values ($1, $2, (select id from category where code = $3));

-- name: insert_channel
-- Opens a channel to a version.
insert into offering_channel (offering_id, version, channel, valid) values ($1, $2, $3, tstzrange($4, $5));
