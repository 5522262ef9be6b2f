// Verifies the token as Jishi does: signature, issuer, audience and times by its public key, once for each token, then
// from memory until it expires. It must not know what is served.
import { readFileSync } from 'node:fs'
import { importJWK, jwtVerify } from 'jose'

const { jwk, issuer, audience } = JSON.parse(readFileSync(process.env.PEER_KEY, 'utf8'))
const key = await importJWK(jwk, 'EdDSA')
const known = new Map()

/** The claims of the bearer, or null for anybody else. A promise only for a token not seen before. */
export function principal (authorization) {
  if (!authorization?.startsWith('Bearer ')) return null
  const token = authorization.slice(7)
  const found = known.get(token)
  if (found !== undefined) return found.exp * 1000 > Date.now() ? found : null
  return jwtVerify(token, key, { issuer, audience, algorithms: ['EdDSA'] }).then(
    ({ payload }) => { known.set(token, payload); return payload }, () => null)
}
