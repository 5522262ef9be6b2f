-- How many would take an item if it could be bought in the market: what a solution that is brought there may count on.

alter table market_item add column possible_adopters double precision;
