-- What an offering is bought with beside its price: specification, places, markets, policies, actions and trial; and
-- the small dated registers that these refer to.

alter table offering_version
    add column specification   text,
    -- [{"name": "speed", "value": ["100"], "default": "100"}]
    add column characteristics jsonb not null default '[]',
    -- Empty: everywhere, in every market, for everybody.
    add column places          text[] not null default '{}',
    add column market_segments text[] not null default '{}',
    add column policies        text[] not null default '{}',
    add column allowed_actions text[] not null default '{}',
    -- {"duration": {"amount": "1", "units": "month"}, "conversion": "CONVERT", "to": null}
    add column trial           jsonb;

-- Specifications, places, channels, policies and solutions: few of each, read whole, dated, known by code.
-- `content` is what a catalog file says of one beside code, name and validity.
create table catalog_entry (
    kind       text not null check (kind in ('specification', 'place', 'channel', 'policy', 'solution')),
    code       text not null check (code <> ''),
    name       jsonb not null default '{}',
    valid      tstzrange not null default tstzrange(null, null) check (not isempty(valid)),
    content    jsonb not null default '{}',
    etag       bigint not null default 1,
    changed_at timestamptz not null,
    primary key (kind, code)
);
