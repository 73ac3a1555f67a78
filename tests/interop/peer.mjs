// The peers that run on Node.js: one job as JSON on stdin, its result as JSON on stdout. The bytes in it are base64url.
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'

const job = JSON.parse(readFileSync(0, 'utf8'))
const bytes = (text) => Buffer.from(text, 'base64url')
const text = (data) => Buffer.from(data).toString('base64url')

const panva = {
  async sign({ alg, key, payload }) {
    return new jose.CompactSign(bytes(payload)).setProtectedHeader({ alg }).sign(await jose.importJWK(key, alg))
  },
  async verify({ alg, key, token }) {
    const verified = await jose.compactVerify(token, await jose.importJWK(key, alg), { algorithms: [alg] })
    return text(verified.payload)
  },
  async encrypt({ alg, enc, key, payload }) {
    const secret = key.kty === 'oct' ? bytes(key.k) : await jose.importJWK(key, alg)
    return new jose.CompactEncrypt(bytes(payload)).setProtectedHeader({ alg, enc }).encrypt(secret)
  },
  async decrypt({ alg, enc, key, token }) {
    const secret = key.kty === 'oct' ? bytes(key.k) : await jose.importJWK(key, alg)
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc], maxPBES2Count: 1_200_000 }
    const decrypted = await jose.compactDecrypt(token, secret, options)
    return text(decrypted.plaintext)
  },
}

const auth0 = {
  sign({ alg, pem, key, payload }) {
    return jsonwebtoken.sign(bytes(payload).toString(), pem ?? bytes(key.k), { algorithm: alg })
  },
  verify({ alg, pem, key, token }) {
    return text(JSON.stringify(jsonwebtoken.verify(token, pem ?? bytes(key.k), { algorithms: [alg] })))
  },
}

const result = await { panva, auth0 }[job.lib][job.op](job)
process.stdout.write(JSON.stringify({ result }))
