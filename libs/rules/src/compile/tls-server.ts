/** How a gateway speaks TLS for some of its hosts: what Envoy calls a filter chain. */
import type { Certificates } from './certificates.ts'
import type { KeyPair } from '../model/decision.ts'
import type { Gateway } from '../manifests/kinds/gateway.ts'

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

export interface TlsServer {
  /** None: its Secret is missing or unusable, so every handshake fails. */
  certificates: readonly KeyPair[]
  minVersion: TlsVersion
  maxVersion: TlsVersion
  /** OpenSSL's names, for TLS up to 1.2; none for the usual ones. */
  ciphers: readonly string[]
  /** What clients have to show; none when they are not asked. */
  clients?: ClientCheck
}

/** A client's certificate comes from `ca`, and is further one of those named, where any are. */
export interface ClientCheck {
  ca: string
  crl?: string
  /** Whether a client without a certificate is taken. */
  optional: boolean
  /** Names, `spiffe://…` URIs among them, of which it carries one. */
  subjectAltNames: readonly string[]
  /** SHA-256 of the certificate in hexadecimal digits, lower case and without colons. */
  hashes: readonly string[]
  /** SHA-256 of its public key (SPKI) in base64. */
  spkis: readonly string[]
}

type Settings = NonNullable<Gateway['servers'][number]['tls']>

const versions: Readonly<Record<NonNullable<Settings['minProtocolVersion']>, TlsVersion | undefined>> = {
  TLS_AUTO: undefined,
  TLSV1_0: 'TLSv1',
  TLSV1_1: 'TLSv1.1',
  TLSV1_2: 'TLSv1.2',
  TLSV1_3: 'TLSv1.3',
}

/** The TLS of an Istio Gateway's server, with Secrets of `namespace`, the gateway's own; and their problems. */
export const tlsServerOf = (
  settings: Settings,
  certificates: Certificates,
  namespace: string,
): { server: TlsServer; problems: string[] } => {
  const { mode = 'SIMPLE', credentialName = '', minProtocolVersion = 'TLS_AUTO', maxProtocolVersion = 'TLS_AUTO' } = settings
  const problems: string[] = []
  const pair = certificates.pair(namespace, credentialName)
  if (typeof pair === 'string') problems.push(pair)
  const authority = mode === 'SIMPLE' ? undefined : certificates.authority(namespace, settings.caCertCredentialName ?? credentialName)
  if (typeof authority === 'string') problems.push(authority)
  const server: TlsServer = {
    certificates: typeof pair === 'string' || typeof authority === 'string' ? [] : [pair],
    // Istio's own bounds.
    minVersion: versions[minProtocolVersion] ?? 'TLSv1.2',
    maxVersion: versions[maxProtocolVersion] ?? 'TLSv1.3',
    ciphers: settings.cipherSuites ?? [],
    ...(typeof authority === 'object' && {
      clients: {
        ...authority,
        optional: mode === 'OPTIONAL_MUTUAL',
        subjectAltNames: settings.subjectAltNames ?? [],
        hashes: (settings.verifyCertificateHash ?? []).map((hash) => hash.replaceAll(':', '').toLowerCase()),
        spkis: settings.verifyCertificateSpki ?? [],
      },
    }),
  }
  return { server, problems: [...new Set(problems)] }
}

/** The TLS of a listener of the Gateway API. */
export const listenerTls = (certificates: readonly KeyPair[]): TlsServer => ({
  certificates,
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: [],
})
