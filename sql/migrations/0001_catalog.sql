-- The catalog: categories, offerings and their dated versions, prices, bundles, relations, channels.
-- An offering is known by its code for ever; what it is at a time is a version, and `valid` says when it is in force.

create table catalog_revision (
    only_row   boolean primary key default true check (only_row),
    revision   bigint not null,
    changed_at timestamptz not null
);
insert into catalog_revision (revision, changed_at) values (0, now());

create table category (
    id        int generated always as identity primary key,
    code      text not null unique check (code <> ''),
    parent_id int references category (id),
    name      jsonb not null,
    valid     tstzrange not null default tstzrange(null, null),
    etag      bigint not null default 1,
    check (parent_id <> id)
);

-- The identity. A market's copy of a solution's offering names its template, and shares the recommender's item with it.
create table offering (
    id          int generated always as identity primary key,
    code        text not null unique check (code <> ''),
    template_id int references offering (id),
    check (template_id <> id)
);

create table offering_version (
    offering_id         int not null references offering (id),
    version             int not null check (version > 0),
    name                jsonb not null,
    description         jsonb not null default '{}',
    is_bundle           boolean not null default false,
    is_sellable         boolean not null default true,
    lifecycle_status    text not null check (lifecycle_status in
        ('IN_STUDY', 'IN_DESIGN', 'IN_TEST', 'ACTIVE', 'LAUNCHED', 'RETIRED', 'OBSOLETE', 'REJECTED')),
    status_reason       text,
    valid               tstzrange not null default tstzrange(null, null) check (not isempty(valid)),
    family              text,
    step                int,
    complexity          text not null default 'SIMPLE' check (complexity in ('SIMPLE', 'STANDARD', 'COMPLEX')),
    talking_point       jsonb not null default '{}',
    margin              numeric(7, 4),
    external_identifier jsonb not null default '[]',
    last_update         timestamptz not null default now(),
    etag                bigint not null default 1,
    primary key (offering_id, version),
    -- At most one launched version of a code is in force at a time; the range of one id stands in for btree_gist.
    constraint offering_version_one_in_force exclude using gist (
        int8range(offering_id, offering_id, '[]') with &&, valid with &&
    ) where (lifecycle_status = 'LAUNCHED')
);

create table offering_price (
    offering_id             int not null,
    version                 int not null,
    code                    text not null check (code <> ''),
    position                int not null default 0,
    name                    jsonb not null default '{}',
    price_type              text not null check (price_type in
        ('ONE_TIME', 'RECURRING', 'USAGE', 'ALLOWANCE', 'DISCOUNT', 'PENALTY', 'MINIMUM_COMMITMENT')),
    unit                    text not null default 'CNY',
    value                   numeric(18, 4),
    percentage              numeric(9, 4),
    unit_of_measure_amount  numeric(18, 4),
    unit_of_measure_units   text,
    recurring_charge_period text check (recurring_charge_period in ('day', 'week', 'month', 'quarter', 'year')),
    tax_included            boolean not null default true,
    tax_rate                numeric(7, 4),
    valid                   tstzrange not null default tstzrange(null, null),
    primary key (offering_id, version, code),
    foreign key (offering_id, version) references offering_version on delete cascade
);

create table offering_group (
    offering_id int not null,
    version     int not null,
    code        text not null check (code <> ''),
    parent_code text,
    position    int not null default 0,
    name        jsonb not null default '{}',
    lower_limit int not null check (lower_limit >= 0),
    upper_limit int check (upper_limit >= lower_limit),
    primary key (offering_id, version, code),
    foreign key (offering_id, version) references offering_version on delete cascade,
    foreign key (offering_id, version, parent_code) references offering_group (offering_id, version, code)
);

create table offering_part (
    offering_id   int not null,
    version       int not null,
    part_id       int not null references offering (id),
    position      int not null default 0,
    group_code    text,
    lower_limit   int not null default 1 check (lower_limit >= 0),
    default_count int not null default 1,
    upper_limit   int check (upper_limit >= lower_limit),
    primary key (offering_id, version, part_id),
    foreign key (offering_id, version) references offering_version on delete cascade,
    foreign key (offering_id, version, group_code) references offering_group (offering_id, version, code),
    check (part_id <> offering_id),
    check (default_count >= lower_limit and (upper_limit is null or default_count <= upper_limit))
);
create index offering_part_part_id on offering_part (part_id);

-- REQUIRES rows of one group_code are alternatives: at least min_count of them must be held.
create table offering_relationship (
    offering_id       int not null,
    version           int not null,
    relationship_type text not null check (relationship_type in
        ('REQUIRES', 'EXCLUDES', 'OPTIONAL_FOR', 'EXCHANGEABLE_TO', 'UPSELL', 'CROSS_SELL', 'REPLACES')),
    target_id         int not null references offering (id),
    group_code        text not null,
    min_count         int not null default 1 check (min_count > 0),
    max_count         int check (max_count >= min_count),
    primary key (offering_id, version, relationship_type, target_id),
    foreign key (offering_id, version) references offering_version on delete cascade,
    check (target_id <> offering_id)
);
create index offering_relationship_target_id on offering_relationship (target_id);

create table offering_category (
    offering_id int not null,
    version     int not null,
    category_id int not null references category (id),
    primary key (offering_id, version, category_id),
    foreign key (offering_id, version) references offering_version on delete cascade
);
create index offering_category_category_id on offering_category (category_id);

-- No row: sold in every channel.
create table offering_channel (
    offering_id int not null,
    version     int not null,
    channel     text not null check (channel <> ''),
    valid       tstzrange not null default tstzrange(null, null),
    primary key (offering_id, version, channel),
    foreign key (offering_id, version) references offering_version on delete cascade
);
