// npm's @sd-jwt/core: one job as JSON on stdin, its result as JSON on stdout.
import { createHash, randomBytes, webcrypto } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SDJwtInstance } from '@sd-jwt/core'

const job = JSON.parse(readFileSync(0, 'utf8'))
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const bare = ({ kty, crv, x, y, d }) => ({ kty, crv, x, y, ...(d && { d }) })
const load = (jwk, use) => webcrypto.subtle.importKey('jwk', bare(jwk), ES256, false, [use])
const signer = async (jwk) => {
  const key = await load(jwk, 'sign')
  return async (data) => Buffer.from(await webcrypto.subtle.sign(ES256, key, Buffer.from(data))).toString('base64url')
}
const verifies = async (jwk, data, signature) =>
  webcrypto.subtle.verify(ES256, await load(jwk, 'verify'), Buffer.from(signature, 'base64url'), Buffer.from(data))

const common = {
  hasher: (data, alg) => createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest(),
  hashAlg: 'sha-256',
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
  signAlg: 'ES256',
  kbSignAlg: 'ES256',
}

const operations = {
  async issue({ claims, issuer, holder }) {
    const instance = new SDJwtInstance({ ...common, signer: await signer(issuer) })
    const frame = { _sd: ['email', 'address'], address: { _sd: ['region'] }, nationalities: { _sd: [0, 1], _sd_decoy: 1 }, _sd_decoy: 2 }
    return instance.issue({ ...claims, cnf: { jwk: bare(holder) } }, frame)
  },
  async present({ token, holder, aud, nonce, iat }) {
    const instance = new SDJwtInstance({ ...common, kbSigner: await signer(holder) })
    const frame = { address: { region: true }, nationalities: { 1: true } }
    return instance.present(token, frame, { kb: { payload: { iat, aud, nonce } } })
  },
  async verify({ token, issuer, nonce }) {
    const instance = new SDJwtInstance({
      ...common,
      verifier: (data, signature) => verifies(issuer, data, signature),
      kbVerifier: (data, signature, payload) => verifies(payload.cnf.jwk, data, signature),
    })
    const verified = await instance.verify(token, { keyBindingNonce: nonce })
    return { payload: verified.payload, aud: verified.kb.payload.aud }
  },
}

process.stdout.write(JSON.stringify({ result: await operations[job.op](job) }))
