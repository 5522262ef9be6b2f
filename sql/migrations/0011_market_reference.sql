-- How strongly the penetration of an item is drawn towards that of the markets it is compared with: as if so many more
-- members held like those of the others.

alter table market_item add column strength double precision not null default 20 check (strength >= 0);
