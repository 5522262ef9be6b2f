-- Only what changed an offering stands in the feed: an audit row that tells neither what was nor what is, like the request
-- of an approval, changed nothing that anybody is sold.

create or replace function audit_to_catalog_change() returns trigger language plpgsql as $$
declare
    one jsonb;
begin
    if new.entity = 'product_offering' and (new.detail ?| '{before,after,beside}')
       and not (new.detail -> 'before' = '{}' and new.detail -> 'after' = '{}' and not new.detail ? 'beside') then
        perform record_catalog_change(
            new.at, new.subject, new.request_id, new.entity, new.entity_id, (new.detail ->> 'version')::int, new.action,
            new.detail -> 'before', new.detail -> 'after');
        for one in select jsonb_array_elements(coalesce(new.detail -> 'beside', '[]')) loop
            perform record_catalog_change(
                new.at, new.subject, new.request_id, new.entity, new.entity_id, (one ->> 'version')::int,
                'offering.validity', null, jsonb_build_object('validFor', one -> 'validFor'));
        end loop;
    end if;
    update catalog_change set subject = new.subject, request_id = new.request_id
    where catalog_change.subject is null and catalog_change.at = now();
    return null;
end $$;
