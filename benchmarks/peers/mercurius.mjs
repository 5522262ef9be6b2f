// Mercurius with graphql-jit, in memory or on PostgreSQL by its own loaders.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { SDL, chosen, root } from './data.mjs'
import { principal } from './auth.mjs'

const from = await chosen()
const app = Fastify({ logger: false })
app.addHook('onRequest', async (request, reply) => {
  if (!await principal(request.headers.authorization)) return reply.code(401).send({ errors: [{ message: 'send a token' }] })
})
const load = (name, key) => ({ loader: queries => from[name](queries.map(({ obj }) => obj[key])), opts: { cache: false } })
const options = { schema: SDL, resolvers: { Query: root(from) }, jit: 1 }
if (process.env.MODE !== 'memory') {
  options.loaders = {
    ProductOffering: {
      category: load('categories', 'code'),
      productOfferingPrice: load('prices', 'code'),
      bundledProductOffering: load('parts', 'code')
    },
    BundledProductOffering: { productOffering: load('offerings', 'offering') },
    MarketSegment: { solutions: load('applications', 'code') }
  }
}
app.register(mercurius, options)
await app.listen({ port: +process.env.PORT, host: '127.0.0.1' })
console.log('ready')
