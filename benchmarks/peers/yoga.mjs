// graphql-yoga with graphql-jit and its response cache; a miss asks PostgreSQL by loaders.
import { createServer } from 'node:http'
import { useGraphQlJit } from '@envelop/graphql-jit'
import { createInMemoryCache, useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { createSchema, createYoga } from 'graphql-yoga'
import { SDL, chosen, loaders, resolvers } from './data.mjs'
import { principal } from './auth.mjs'

const from = await chosen()
const yoga = createYoga({
  schema: createSchema({ typeDefs: SDL, resolvers: resolvers(from) }),
  logging: false,
  graphiql: false,
  context: () => ({ loaders: loaders(from) }),
  plugins: [
    { async onRequest ({ request, endResponse, fetchAPI }) {
      if (!await principal(request.headers.get('authorization'))) endResponse(new fetchAPI.Response(null, { status: 401 }))
    } },
    useResponseCache({
      session: () => null, ttl: 3_600_000, includeExtensionMetadata: false, cache: createInMemoryCache({ max: 100_000 })
    }),
    useGraphQlJit()
  ]
})
createServer(yoga).listen(+process.env.PORT, '127.0.0.1', () => console.log('ready'))
