// PostGraphile 5, which makes its schema of the tables itself; Node 22 or later.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { makeV4Preset } from 'postgraphile/presets/v4'
import { pool } from './data.mjs'
import { principal } from './auth.mjs'

const made = postgraphile({
  extends: [PostGraphileAmberPreset, makeV4Preset({})],
  pgServices: [makePgService({ pool: pool(), schemas: ['peers'] })],
  grafserv: { graphiql: false, watch: false, graphqlPath: '/graphql' },
  grafast: { explain: false }
})
if (process.env.PRINT) {
  const { printSchema } = await import('graphql')
  console.log(printSchema(await made.getSchema()))
  process.exit()
}
const server = createServer()
await made.createServ(grafserv).addTo(server)
const [serve] = server.listeners('request')
server.removeAllListeners('request')
server.on('request', async (request, response) => {
  if (!await principal(request.headers.authorization)) return response.writeHead(401).end()
  serve(request, response)
})
server.listen(+process.env.PORT, '127.0.0.1', () => console.log('ready'))
