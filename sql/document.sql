-- name: revision
-- How often the documents were changed.
select revision from document_revision;

-- name: hold
-- As `revision`; nobody else changes documents until this transaction ends.
select revision from document_revision for update;

-- name: documents
-- Every document that was uploaded, by app and id; or those of the app $1.
-- returns: api.persisted.Named
select app, id, digest, text, at from document where $1::text is null or app = $1 order by app, id;

-- name: put
-- Documents of the app $1 as they should be: one row of an id ($2), a digest ($3) and a text ($4).
insert into document (app, id, digest, text, at)
select $1, given.id, given.digest, given.text, $5
from unnest($2::text[], $3::text[], $4::text[]) as given (id, digest, text)
on conflict (app, id) do update set digest = excluded.digest, text = excluded.text, at = excluded.at;

-- name: remove
-- Takes away the documents of the app $1 with the ids $2.
delete from document where app = $1 and id = any($2::text[]);

-- name: changed
-- Tells every server that the documents are others now, and the audit who ($2, $3) did what ($4) to those of an app ($5).
with counted as (update document_revision set revision = revision + 1 returning revision),
     written as (
         insert into audit (at, subject, role, action, entity, entity_id, request_id, detail)
         values ($1, $2, $3, $4, 'document', $5, $6, $7)
     )
select pg_notify('documents', revision::text) from counted;
