// Runs the server audits of graphql-http against a running server: node run.mjs URL TOKEN
// Knows the specification's audits; must not know the schema. Exits 0 only when every audit passed.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node run.mjs URL TOKEN');
  process.exit(2);
}

const fetchFn = (address, { headers, ...options } = {}) =>
  fetch(address, { ...options, headers: { ...headers, authorization: `Bearer ${token}` } });

const results = await Promise.all(serverAudits({ url, fetchFn }).map(({ fn }) => fn()));
const failed = results.filter(({ status }) => status !== 'ok');
for (const { id, name, status, reason } of failed) {
  console.error(`${status} ${id} ${name}: ${reason}`);
}
console.log(`${results.length - failed.length}/${results.length}`);
process.exit(failed.length === 0 ? 0 : 1);
