/** A certificate authority of a test's own, and what it signs. */
import { generate } from 'selfsigned'

export interface Certificate {
  cert: string
  key: string
}

const named = (value: string) => [{ name: 'commonName', value }]

export async function createAuthority(name = 'authority.example') {
  const extensions = [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ] as const
  const { cert, private: key } = await generate(named(name), { keyType: 'ec', algorithm: 'sha256', extensions: [...extensions] })
  return {
    cert,
    /** A certificate for a server or client of this name. */
    async sign(host: string): Promise<Certificate> {
      const made = await generate(named(host), {
        keyType: 'ec',
        algorithm: 'sha256',
        ca: { key, cert },
        extensions: [
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
        ],
      })
      return { cert: made.cert, key: made.private }
    },
  }
}
