-- What was in force, and when: kept by the database itself, so that no writer can forget it. A version that is retired
-- later was in force all the same, and reads as of then still see it.

create table offering_in_force (
    offering_id int not null references offering (id),
    version     int not null,
    during      tstzrange not null check (not isempty(during)),
    primary key (offering_id, version)
);

-- As long as a version is launched its validity is the time in which it is in force; when it is retired that time ends,
-- and a version that never was launched has none.
create function keep_in_force() returns trigger language plpgsql as $$
declare
    lasted tstzrange;
begin
    if new.lifecycle_status = 'LAUNCHED' then
        insert into offering_in_force values (new.offering_id, new.version, new.valid)
        on conflict (offering_id, version) do update set during = excluded.during
        where offering_in_force.during <> excluded.during;
        return null;
    end if;
    if new.lifecycle_status in ('RETIRED', 'OBSOLETE') then
        select during into lasted from offering_in_force where (offering_id, version) = (new.offering_id, new.version);
        -- A file may bring what was sold before anybody wrote it down here.
        if not found and not upper_inf(new.valid) then
            lasted := new.valid;
        end if;
        lasted := lasted * new.valid * tstzrange(null, new.last_update);
    end if;
    if lasted is null or isempty(lasted) then
        delete from offering_in_force where (offering_id, version) = (new.offering_id, new.version);
    else
        insert into offering_in_force values (new.offering_id, new.version, lasted)
        on conflict (offering_id, version) do update set during = excluded.during
        where offering_in_force.during <> excluded.during;
    end if;
    return null;
end $$;

create trigger offering_version_in_force after insert or update of lifecycle_status, valid on offering_version
for each row execute function keep_in_force();

insert into offering_in_force
select offering_id, version,
       case when lifecycle_status = 'LAUNCHED' then valid else valid * tstzrange(null, last_update) end
from offering_version
where lifecycle_status = 'LAUNCHED' or (
    lifecycle_status in ('RETIRED', 'OBSOLETE') and not upper_inf(valid)
    and not isempty(valid * tstzrange(null, last_update)));

-- Which trials convert to an offering.
create index offering_version_trial on offering_version ((trial ->> 'to')) where trial is not null;
