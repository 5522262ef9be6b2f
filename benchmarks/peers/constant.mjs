// Constant answers, the ceilings of Node: its own http (MODE=http) or Fastify. The path names the answer.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

const answers = Object.fromEntries(Object.entries(JSON.parse(readFileSync(process.env.PEER_ANSWERS, 'utf8')))
  .map(([name, text]) => [`/${name}`, Buffer.from(text)]))
const port = +process.env.PORT
const JSON_TYPE = 'application/json; charset=utf-8'
if (process.env.MODE === 'http') {
  createServer((request, response) => {
    request.on('data', () => {})
    request.on('end', () => {
      const answer = answers[request.url]
      response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': answer.length }).end(answer)
    })
  }).listen(port, '127.0.0.1', () => console.log('ready'))
} else {
  const app = Fastify()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  for (const [path, answer] of Object.entries(answers)) app.post(path, (_, reply) => reply.type(JSON_TYPE).send(answer))
  await app.listen({ port, host: '127.0.0.1' })
  console.log('ready')
}
