/** Flags of `bookinfo start` and of `npm start`. */
import type { Flag } from './flag-reader.ts'

export const startFlags: readonly Flag[] = [
  { name: 'state', takes: 'text', value: 'DIR', summary: 'Keep what is applied in this folder, and start with it' },
  {
    name: 'bare',
    takes: 'switch',
    summary: "Start without the gateway's rules: the gateway accepts no request until a Gateway is applied",
  },
  { name: 'set', takes: 'texts', value: 'KEY=VALUE', summary: 'meshConfig.outboundTrafficPolicy.mode=REGISTRY_ONLY (ALLOW_ANY)' },
  { name: 'grpc', takes: 'switch', summary: 'Give the services a port for gRPC, 9081, too' },
  { name: 'access-log', takes: 'switch', summary: "Show every request that a proxy handles, in Envoy's format" },
  { name: 'logs', takes: 'switch', summary: 'Show what the workloads write' },
]
