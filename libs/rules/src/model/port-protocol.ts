/** How a proxy treats the bytes on a port: as HTTP, as TLS that it does not end, as any bytes, or as what the first ones say. */
export type PortTraffic = 'http' | 'tls' | 'tcp' | 'sniff'

const traffic: Readonly<Record<string, PortTraffic>> = {
  HTTP: 'http',
  HTTP2: 'http',
  GRPC: 'http',
  'GRPC-WEB': 'http',
  HTTPS: 'tls',
  TLS: 'tls',
  TCP: 'tcp',
  MONGO: 'tcp',
  MYSQL: 'tcp',
  REDIS: 'tcp',
}

/** By a port's protocol, as rules name it; without one the first bytes decide. */
export const trafficOf = (protocol: string | undefined): PortTraffic => traffic[protocol ?? ''] ?? 'sniff'

/** Kubernetes' and Istio's values of `appProtocol`. */
const appProtocols: Readonly<Record<string, string>> = {
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
}

/** The protocol of a Service's port, as Istio selects it: `appProtocol` before the name, of which what is before `-` counts. */
export const portProtocol = (name: string, appProtocol?: string): string | undefined => {
  const given =
    appProtocol === undefined
      ? /^grpc-web(?:-|$)/i.test(name)
        ? 'grpc-web'
        : name.split('-', 1)[0]!
      : (appProtocols[appProtocol] ?? appProtocol)
  const protocol = given.toUpperCase()
  return Object.hasOwn(traffic, protocol) ? protocol : undefined
}
