// Apollo Server with its response cache, where everything may be kept for an hour; a miss asks PostgreSQL by loaders.
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import { startStandaloneServer } from '@apollo/server/standalone'
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache'
import plugin from '@apollo/server-plugin-response-cache'
import { GraphQLError } from 'graphql'
import { SDL, chosen, loaders, resolvers } from './data.mjs'
import { principal } from './auth.mjs'

const from = await chosen()
const responseCache = plugin.default ?? plugin
const server = new ApolloServer({
  typeDefs: SDL,
  resolvers: resolvers(from),
  cache: new InMemoryLRUCache({ maxSize: 2 ** 28 }),
  plugins: [ApolloServerPluginCacheControl({ defaultMaxAge: 3600 }), responseCache()]
})
await startStandaloneServer(server, {
  listen: { port: +process.env.PORT, host: '127.0.0.1' },
  context: async ({ req }) => {
    if (!await principal(req.headers.authorization)) throw new GraphQLError('send a token', { extensions: { http: { status: 401 } } })
    return { loaders: loaders(from) }
  }
})
console.log('ready')
