/** ConfigMap, `v1`, as far as it holds the certificate of an authority, which a BackendTLSPolicy names. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, ignored, map, object, string } from '../schema.ts'
import { base64 } from './parts.ts'

export const configMap = object({
  data: map(string(), ''),
  binaryData: ignored('certificates stand in data', map(base64, '')),
  immutable: ignored('every object of the local mesh can be changed', boolean),
})

/** Whether a ConfigMap is about certificates: others are for workloads of a cluster. */
export const holdsAuthority = ({ data }: Readonly<Record<string, unknown>>): boolean =>
  typeof data === 'object' && data !== null && Object.hasOwn(data, 'ca.crt')

type ConfigMap = TypeOf<typeof configMap>
export type ConfigMapObject = ObjectOf<ConfigMap>
