/** Gateway, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, ignored, list, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { scopedHost, labels } from './parts.ts'

const noFiles = "it names a file in a gateway's container; put the certificate into a Secret and name that in credentialName"

const cipherSuite = oneOf(
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
)
const tlsVersion = oneOf('TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3')

const serverTls = object(
  {
    httpsRedirect: boolean,
    mode: oneOfSupported(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'PASSTHROUGH'], {
      AUTO_PASSTHROUGH: 'only proxies of other clusters come in by it, with the mutual TLS of their mesh; use PASSTHROUGH',
      ISTIO_MUTUAL: 'who comes in from outside has no certificate of the mesh; use MUTUAL, with a Secret',
    }),
    credentialName: nonEmpty,
    credentialNames: refused('a server has only one certificate: name it in credentialName'),
    serverCertificate: refused(noFiles),
    privateKey: refused(noFiles),
    caCertificates: refused(noFiles),
    caCrl: refused(noFiles),
    caCertCredentialName: nonEmpty,
    tlsCertificates: refused(noFiles),
    insecureSkipVerify: refused('a requested client certificate is always verified; mode SIMPLE requests none'),
    subjectAltNames: list(nonEmpty),
    verifyCertificateSpki: list(nonEmpty),
    verifyCertificateHash: list(
      string((value) =>
        /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i.test(value) ? undefined : 'must be a SHA-256 in hexadecimal digits',
      ),
    ),
    minProtocolVersion: tlsVersion,
    maxProtocolVersion: tlsVersion,
    cipherSuites: list(cipherSuite),
    ecdhCurves: refused('the curves are those of Node'),
  },
  ({ mode = 'SIMPLE', subjectAltNames, verifyCertificateSpki, verifyCertificateHash, minProtocolVersion, maxProtocolVersion }) => {
    if ((mode === 'SIMPLE' || mode === 'PASSTHROUGH') && (subjectAltNames ?? verifyCertificateSpki ?? verifyCertificateHash))
      return 'asks nothing of clients in modes SIMPLE and PASSTHROUGH: subjectAltNames and verifyCertificate… are for MUTUAL'
    const [min = 'TLS_AUTO', max = 'TLS_AUTO'] = [minProtocolVersion, maxProtocolVersion]
    // By name, as Istio's own bounds are where there is nothing: 1.2 and 1.3.
    return (min === 'TLS_AUTO' ? 'TLSV1_2' : min) > (max === 'TLS_AUTO' ? 'TLSV1_3' : max)
      ? { at: 'maxProtocolVersion', message: 'must not be before minProtocolVersion, which is TLSV1_2 by default' }
      : undefined
  },
)

const server = object(
  {
    port: required(
      object({
        number: required(port),
        name: required(ignored('ports are distinguished by number', nonEmpty)),
        protocol: required(
          oneOfSupported(['HTTP', 'HTTP2', 'GRPC', 'HTTPS', 'TLS', 'TCP', 'MONGO', 'MYSQL', 'REDIS'], {
            'GRPC-WEB': 'the gateway does not translate gRPC-Web to gRPC; use GRPC',
          }),
        ),
        targetPort: refused('Istio itself does not use it'),
      }),
    ),
    hosts: required(list(scopedHost, { min: 1 })),
    name: ignored('servers are distinguished by port and hosts', string()),
    bind: refused('the gateway listens where the local mesh is configured to'),
    defaultEndpoint: refused('Istio itself does not use it'),
    tls: serverTls,
  },
  ({ port: { protocol }, tls }) => {
    if (protocol === 'HTTPS' || protocol === 'TLS') {
      if (!tls) return { at: 'tls', message: `is missing (protocol is ${protocol})` }
      if (tls.httpsRedirect) return { at: 'tls.httpsRedirect', message: 'is for servers of protocol HTTP' }
      if (tls.mode === 'PASSTHROUGH')
        return tls.credentialName === undefined ? undefined : { at: 'tls.credentialName', message: 'must not be set for mode PASSTHROUGH' }
      return tls.credentialName === undefined ? { at: 'tls.credentialName', message: `is missing (protocol is ${protocol})` } : undefined
    }
    if (tls?.httpsRedirect && protocol !== 'HTTP' && protocol !== 'HTTP2' && protocol !== 'GRPC')
      return { at: 'tls.httpsRedirect', message: 'is for servers of protocol HTTP' }
    const other = Object.keys(tls ?? {}).find((name) => name !== 'httpsRedirect')
    return other === undefined ? undefined : { at: `tls.${other}`, message: `must not be set for protocol ${protocol}` }
  },
)

export const gateway = object({ selector: labels, servers: required(list(server, { min: 1 })) })

export type Gateway = TypeOf<typeof gateway>
export type GatewayObject = ObjectOf<Gateway>
