/** PeerAuthentication, `security.istio.io/v1` and v1beta1. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { map, object, oneOf } from '../schema.ts'
import { selector } from './parts.ts'

const mtls = object({ mode: oneOf('UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT') })

export const peerAuthentication = object({ selector, mtls, portLevelMtls: map(mtls) }, (value) => {
  if (!value.portLevelMtls) return undefined
  if (!value.selector?.matchLabels || Object.keys(value.selector.matchLabels).length === 0)
    return { at: 'portLevelMtls', message: 'needs a selector' }
  const wrong = Object.keys(value.portLevelMtls).find((port) => !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
  return wrong === undefined ? undefined : { at: 'portLevelMtls', message: `${JSON.stringify(wrong.slice(0, 40))} is not a port` }
})

export type PeerAuthentication = TypeOf<typeof peerAuthentication>
export type PeerAuthenticationObject = ObjectOf<PeerAuthentication>
