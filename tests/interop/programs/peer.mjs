// Peers on Node.js; the first argument names the library. See program_peers.py for the jobs.
import { webcrypto } from 'node:crypto'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'

// Node.js 18 has it in this module only.
globalThis.crypto ??= webcrypto

const bytes = (text) => Buffer.from(text, 'base64url')
const text = (data) => Buffer.from(data).toString('base64url')
const secretOf = async ({ alg, key }) => (key.kty === 'oct' ? bytes(key.k) : jose.importJWK(key, alg))
const versionOf = (name) => createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version

const panva = {
  about: () => versionOf('jose'),
  async sign({ alg, key, payload, header }) {
    return new jose.CompactSign(bytes(payload)).setProtectedHeader({ alg, ...header }).sign(await jose.importJWK(key, alg))
  },
  async verify({ alg, key, token }) {
    const verified = await jose.compactVerify(token, await jose.importJWK(key, alg), { algorithms: [alg] })
    return text(verified.payload)
  },
  async verify_with_set({ alg, set, token }) {
    return text((await jose.compactVerify(token, jose.createLocalJWKSet(set), { algorithms: [alg] })).payload)
  },
  async encrypt({ alg, enc, key, payload, header }) {
    const secret = await secretOf({ alg, key })
    return new jose.CompactEncrypt(bytes(payload)).setProtectedHeader({ alg, enc, ...header }).encrypt(secret)
  },
  async decrypt({ alg, enc, key, token }) {
    const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc], maxPBES2Count: 1_200_000 }
    return text((await jose.compactDecrypt(token, await secretOf({ alg, key }), options)).plaintext)
  },
}

const auth0 = {
  about: () => versionOf('jsonwebtoken'),
  sign({ alg, pem, key, payload, header }) {
    return jsonwebtoken.sign(bytes(payload).toString(), pem ?? bytes(key.k), { algorithm: alg, header: { alg, ...header } })
  },
  verify({ alg, pem, key, token }) {
    return text(JSON.stringify(jsonwebtoken.verify(token, pem ?? bytes(key.k), { algorithms: [alg] })))
  },
}

const library = { panva, auth0 }[process.argv[2]]
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  let answer
  try {
    answer = { result: await library[job.op](job) }
  } catch (error) {
    answer = { error: String(error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
