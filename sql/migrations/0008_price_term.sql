-- A price may be for those only who chose a term of the offering.

alter table offering_price add column term text check (term <> '');
