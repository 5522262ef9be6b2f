-- Which offerings and which registers changed since a revision, so that a server process reads no more than that.
-- Triggers note it, whoever writes: what is touched has no revision until its transaction moves the catalog's on.

alter table offering add column revision bigint;
create index offering_revision on offering (revision);

create table catalog_part (
    part     text primary key,
    revision bigint
);
insert into catalog_part (part) values ('attribute'), ('category'), ('catalog_entry'), ('market_segment');

create function note_offering() returns trigger language plpgsql as $$
begin
    update offering set revision = null
    where id in (select offering_id from touched) and revision is not null;
    return null;
end $$;

create function note_part() returns trigger language plpgsql as $$
begin
    if exists (select from touched) then
        update catalog_part set revision = null where part = tg_table_name and revision is not null;
    end if;
    return null;
end $$;

do $$
declare
    made text[];
begin
    foreach made slice 1 in array array[
        ['offering_version', 'note_offering'], ['attribute', 'note_part'], ['category', 'note_part'],
        ['catalog_entry', 'note_part'], ['market_segment', 'note_part']
    ] loop
        execute format('create trigger note_insert after insert on %I
            referencing new table as touched for each statement execute function %I()', made[1], made[2]);
        execute format('create trigger note_update after update on %I
            referencing new table as touched for each statement execute function %I()', made[1], made[2]);
        execute format('create trigger note_delete after delete on %I
            referencing old table as touched for each statement execute function %I()', made[1], made[2]);
    end loop;
end $$;
