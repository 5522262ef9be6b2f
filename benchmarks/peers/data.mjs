// The catalog for the peers: from PostgreSQL, statement by statement, or once into memory. It must not know a server.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import DataLoader from 'dataloader'

export const SDL = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')
const { searchParams, username, password, pathname } = new URL(process.env.PEER_DSN.replace('@/', '@socket/'))
export const connection = {
  host: searchParams.get('host'),
  port: +searchParams.get('port'),
  user: username,
  password: decodeURIComponent(password),
  database: pathname.slice(1)
}
export const pool = () => new pg.Pool({ ...connection, max: 10, idleTimeoutMillis: 0, options: '-c search_path=peers -c jit=off' })

// The statements of all peers, with columns named as the schema has them.
const statements = Object.fromEntries(
  readFileSync(new URL('statements.sql', import.meta.url), 'utf8').split('-- name: ').slice(1).map(part => {
    const end = part.indexOf('\n')
    const camel = (word) => word.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
    return [part.slice(0, end), part.slice(end + 1).replace(/ as (\w+_\w+)(?=[,\n])/g, (_, name) => ` as "${camel(name)}"`)]
  }))
const after = (cursor) => cursor ? JSON.parse(Buffer.from(cursor, 'base64url'))[0] : ''
const cursor = (code) => Buffer.from(JSON.stringify([code])).toString('base64url')
const money = (row) => ({ ...row, price: row.value === null ? null : { unit: row.unit, value: row.value } })
const grouped = (rows, key, keys) => {
  const found = new Map(keys.map(one => [one, []]))
  for (const row of rows) found.get(row[key])?.push(row)
  return keys.map(one => found.get(one))
}
const connected = (rows, first) => {
  const nodes = rows.slice(0, first)
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor: nodes.length ? cursor(nodes.at(-1).code) : null } }
}
const wanted = (where) => [where.category.eq, where.monthlyFee.range.min, where.monthlyFee.range.max]
const faceted = (rows, fields) => fields.map(field => ({ field, values: rows.filter(row => row.field === field) }))

/** What the database is asked, each by a prepared statement. */
export function source (db) {
  const ask = async (name, ...values) => (await db.query({ name, text: statements[name], values })).rows
  const one = async (name, code) => (await ask(name, code))[0] ?? null
  const many = (name, key, shape = row => row) => async codes => {
    const unique = [...new Set(codes)]
    const found = new Map(grouped((await ask(name, unique)).map(shape), key, unique).map((rows, at) => [unique[at], rows]))
    return codes.map(code => found.get(code))
  }
  return {
    offering: code => one('offering', code),
    page: async (first, cursor) => connected(await ask('page', first, after(cursor)), first),
    search: async (first, where, fields) => {
      const [found, facets] = await Promise.all([ask('found', ...wanted(where), first), ask('facets', ...wanted(where))])
      return { totalCount: found[0]?.total ?? 0, hits: found.map(productOffering => ({ productOffering })), facets: faceted(facets, fields) }
    },
    market: code => one('market', code),
    offerings: async codes => {
      const found = new Map((await ask('offerings', [...new Set(codes)])).map(row => [row.code, row]))
      return codes.map(code => found.get(code) ?? null)
    },
    prices: many('prices', 'offering', money),
    categories: many('categories', 'offering'),
    parts: many('parts', 'bundle'),
    applications: async codes => {
      const [applied, parts] = await Promise.all([ask('solutions', codes), ask('applied', codes)])
      return grouped(applied.map(row => ({
        market: row.market, solution: row,
        offering: parts.filter(part => part.market === row.market && part.solution === row.code)
      })), 'market', codes)
    }
  }
}

export const root = (from) => ({
  productOffering: (_, { code }) => from.offering(code),
  productOfferings: (_, { first, after }) => from.page(first, after),
  productOfferingSearch: (_, { first, where, facets }) => from.search(first, where, facets),
  marketSegment: (_, { code }) => from.market(code)
})

/** Resolvers over a source, batched by loaders that live for one request. */
export const loaders = (from) => Object.fromEntries(
  ['offerings', 'prices', 'categories', 'parts', 'applications'].map(name => [name, new DataLoader(from[name])]))
export const resolvers = (from) => ({
  Query: root(from),
  ProductOffering: {
    category: (one, _, { loaders }) => loaders.categories.load(one.code),
    productOfferingPrice: (one, _, { loaders }) => loaders.prices.load(one.code),
    bundledProductOffering: (one, _, { loaders }) => loaders.parts.load(one.code)
  },
  BundledProductOffering: { productOffering: (part, _, { loaders }) => loaders.offerings.load(part.offering) },
  MarketSegment: { solutions: (one, _, { loaders }) => loaders.applications.load(one.code) }
})

/** Everything in memory, tied together, so that plain properties answer. */
export async function snapshot () {
  const db = pool()
  const all = async (text) => (await db.query(text)).rows
  const from = source(db)
  const list = await all(`select code, name, description, lifecycle_status as "lifecycleStatus", is_bundle as "isBundle",
    family, complexity, is_sellable, monthly_fee from offering order by code`)
  const codes = list.map(one => one.code)
  const by = new Map(list.map(one => [one.code, one]))
  const attach = async (name, field) => (await from[name](codes)).forEach((rows, at) => { list[at][field] = rows })
  await attach('categories', 'category')
  await attach('prices', 'productOfferingPrice')
  await attach('parts', 'bundledProductOffering')
  const names = new Map((await all('select code, name from category union all select code, name from channel')).map(row => [row.code, row.name]))
  const above = new Map()
  for (const row of await all('select code, above from category_above')) above.set(row.code, [...above.get(row.code) ?? [], row.above])
  const channels = grouped(await all('select offering, channel from offering_channel'), 'offering', codes)
  list.forEach((one, at) => {
    for (const part of one.bundledProductOffering) part.productOffering = by.get(part.offering) ?? null
    one.fee = one.monthly_fee === null ? null : +one.monthly_fee
    one.above = [...new Set(one.category.flatMap(category => above.get(category.code)))]
    one.channels = channels[at].map(row => row.channel)
  })
  const markets = await all('select code, kind, name, place, size from market')
  const applications = await from.applications(markets.map(one => one.code))
  markets.forEach((one, at) => { one.solutions = applications[at] })
  await db.end()
  return { list, codes, by, names, markets: new Map(markets.map(one => [one.code, one])) }
}

const KINDS = { BUNDLE: 'Bundles', OFFERING: 'Single offerings' }
const BANDS = [[1, '0-1'], [10, '1-10'], [30, '10-30'], [60, '30-60'], [100, '60-100'], [200, '100-200'], [Infinity, '200-']]
const values = {
  CATEGORY: one => one.above,
  FAMILY: one => one.family === null ? [] : [one.family],
  CHANNEL: one => one.channels,
  COMPLEXITY: one => [one.complexity],
  KIND: one => [one.isBundle ? 'BUNDLE' : 'OFFERING'],
  MONTHLY_FEE: one => one.fee === null ? [] : [BANDS.find(([end]) => one.fee < end)[1]]
}

/** A source over a snapshot, with the methods that roots ask. */
export function memory (known) {
  const place = (code) => { // the first offering behind this code, in the order of code points
    let low = 0
    let high = known.codes.length
    while (low < high) { const middle = (low + high) >> 1; if (known.codes[middle] > code) high = middle; else low = middle + 1 }
    return low
  }
  const name = (field, value) => field === 'KIND' ? KINDS[value] : ['CATEGORY', 'CHANNEL'].includes(field) ? known.names.get(value) : value
  const counts = (found, field) => {
    const counted = new Map()
    for (const one of found) for (const value of values[field](one)) counted.set(value, (counted.get(value) ?? 0) + 1)
    return [...counted].map(([value, count]) => ({ value, count, name: name(field, value) }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  }
  return {
    offering: code => known.by.get(code) ?? null,
    page: (first, cursor) => { const at = place(after(cursor)); return connected(known.list.slice(at, at + first + 1), first) },
    search: (first, where, fields) => {
      const [category, min, max] = wanted(where)
      const found = known.list.filter(one => one.above.includes(category) && one.fee !== null && one.fee >= +min && one.fee <= +max)
      const hits = [...found].sort((a, b) => b.is_sellable - a.is_sellable).slice(0, first)
      return { totalCount: found.length, hits: hits.map(productOffering => ({ productOffering })), facets: fields.map(field => ({ field, values: counts(found, field) })) }
    },
    market: code => known.markets.get(code) ?? null
  }
}

/** The source that MODE names: memory, or PostgreSQL. */
export const chosen = async () => process.env.MODE === 'memory' ? memory(await snapshot()) : source(pool())
