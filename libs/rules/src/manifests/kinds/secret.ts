/** Secret, `v1`, as far as it holds certificates for gateways and for calls that leave the mesh. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, ignored, map, object, string } from '../schema.ts'
import { base64 } from './parts.ts'

export const secret = object(
  {
    type: string(),
    data: map(base64, ''),
    stringData: map(string(), ''),
    immutable: ignored('every object of the local mesh can be changed', boolean),
  },
  ({ type, data = {}, stringData = {} }) => {
    if (type !== 'kubernetes.io/tls') return undefined
    const missing = ['tls.crt', 'tls.key'].find((name) => data[name] === undefined && stringData[name] === undefined)
    return missing === undefined ? undefined : { at: `data[${missing}]`, message: 'is missing (type is kubernetes.io/tls)' }
  },
)

/** Names under which Istio finds certificates in a Secret. */
const certificateKeys = ['tls.crt', 'tls.key', 'ca.crt', 'ca.crl', 'cert', 'key', 'cacert', 'crl']

/** Whether a Secret is about certificates: others are for workloads of a cluster. */
export const holdsCertificates = ({ type, data, stringData }: Readonly<Record<string, unknown>>): boolean =>
  type === 'kubernetes.io/tls' ||
  [data, stringData].some((part) => typeof part === 'object' && part !== null && certificateKeys.some((name) => Object.hasOwn(part, name)))

export type Secret = TypeOf<typeof secret>
export type SecretObject = ObjectOf<Secret>
