/** A certificate that its own key signs, for an echo by TLS that was given none. Source: RFC 5280, RFC 5758; X.690 for the encoding */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** For all of `names`, valid for ten years, as PEM. */
export function selfSigned(names: readonly string[]): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const name = sequence(tlv(set, sequence(tlv(objectId, commonName), tlv(utf8, Buffer.from(names[0] ?? '')))))
  const alternatives = sequence(...names.map((one) => tlv(dnsName, Buffer.from(one))))
  const year = 365 * 24 * 3600 * 1000
  const signed = sequence(
    tlv(explicit(0), tlv(integer, Buffer.from([2]))),
    // The first bit is the sign.
    tlv(integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - year / 365), time(Date.now() + 10 * year)),
    name,
    publicKey,
    tlv(explicit(3), sequence(sequence(tlv(objectId, subjectAltName), tlv(octets, alternatives)))),
  )
  const signature = sign('sha256', signed, createPrivateKey(privateKey))
  const whole = sequence(signed, ecdsaWithSha256, tlv(bits, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`, key: privateKey }
}

const [integer, bits, octets, objectId, utf8, set, utcTime, dnsName] = [2, 3, 4, 6, 12, 0x31, 23, 0x82] as const
const explicit = (number: number) => 0xa0 + number

const commonName = Buffer.from('550403', 'hex')
const subjectAltName = Buffer.from('551d11', 'hex')

function tlv(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const length = content.length
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...contents: Buffer[]) => tlv(0x30, ...contents)
const ecdsaWithSha256 = sequence(tlv(objectId, Buffer.from('2a8648ce3d040302', 'hex')))

/** `261127130000Z` */
const time = (at: number) =>
  tlv(
    utcTime,
    Buffer.from(
      `${new Date(at)
        .toISOString()
        .replaceAll(/[-:T]|\..*/g, '')
        .slice(2)}Z`,
    ),
  )
