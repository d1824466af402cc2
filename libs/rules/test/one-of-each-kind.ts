type Fields = Record<string, unknown>

const networking = 'networking.istio.io/v1'
const security = 'security.istio.io/v1'
const gatewayApi = 'gateway.networking.k8s.io/v1'
const host = 'reviews'
/** One object of each kind, as deep as its fields go. */
export const oneOfEach: Fields[] = [
  [
    networking,
    'VirtualService',
    {
      hosts: [host],
      http: [
        {
          match: [{ uri: { prefix: '/' }, headers: { a: { exact: 'b' } } }],
          route: [{ destination: { host, port: { number: 1 } }, headers: { request: { set: { a: 'b' } } } }],
          fault: { delay: { fixedDelay: '1s' }, abort: { httpStatus: 500 } },
          retries: { attempts: 1 },
          corsPolicy: { allowOrigins: [{ exact: 'a' }] },
          mirrors: [{ destination: { host } }],
        },
        { redirect: { uri: '/' } },
        { directResponse: { status: 200, body: { string: '' } } },
      ],
    },
  ],
  [
    networking,
    'DestinationRule',
    {
      host,
      trafficPolicy: {
        loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } },
        connectionPool: { http: { maxRetries: 1 }, tcp: { maxConnections: 1 } },
        outlierDetection: {},
        tls: { mode: 'SIMPLE' },
        portLevelSettings: [{ port: { number: 1 } }],
      },
      subsets: [{ name: 'v1', labels: { a: 'b' } }],
    },
  ],
  [
    networking,
    'Gateway',
    {
      selector: { a: 'b' },
      servers: [{ port: { number: 443, name: 'a', protocol: 'HTTPS' }, hosts: ['*'], tls: { credentialName: 'a' } }],
    },
  ],
  [
    networking,
    'ServiceEntry',
    { hosts: ['a.b'], ports: [{ number: 80, name: 'a' }], resolution: 'STATIC', endpoints: [{ address: '10.0.0.1', ports: { a: 1 } }] },
  ],
  [
    networking,
    'Sidecar',
    { workloadSelector: { labels: { a: 'b' } }, egress: [{ hosts: ['./*'] }], outboundTrafficPolicy: { mode: 'ALLOW_ANY' } },
  ],
  [
    security,
    'PeerAuthentication',
    { selector: { matchLabels: { a: 'b' } }, mtls: { mode: 'STRICT' }, portLevelMtls: { 1: { mode: 'DISABLE' } } },
  ],
  [
    security,
    'RequestAuthentication',
    { jwtRules: [{ issuer: 'a', jwks: '{"keys":[]}', fromHeaders: [{ name: 'a' }], outputClaimToHeaders: [{ header: 'a', claim: 'b' }] }] },
  ],
  [
    security,
    'AuthorizationPolicy',
    {
      action: 'ALLOW',
      rules: [
        {
          from: [{ source: { namespaces: ['a'] } }],
          to: [{ operation: { paths: ['/'] } }],
          when: [{ key: 'source.ip', values: ['10.0.0.1'] }],
        },
      ],
    },
  ],
  [
    gatewayApi,
    'Gateway',
    {
      gatewayClassName: 'a',
      listeners: [
        {
          name: 'a',
          port: 80,
          protocol: 'HTTP',
          allowedRoutes: { namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } }, kinds: [{ kind: 'HTTPRoute' }] },
        },
      ],
    },
  ],
  [
    gatewayApi,
    'HTTPRoute',
    {
      parentRefs: [{ name: 'a' }],
      rules: [
        {
          matches: [{ path: { value: '/' }, headers: [{ name: 'a', value: 'b' }] }],
          filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/' } } }],
          backendRefs: [{ name: 'a', port: 1 }],
          timeouts: {},
          retry: {},
        },
      ],
    },
  ],
  [gatewayApi, 'ReferenceGrant', { from: [{ group: '', kind: 'a', namespace: 'a' }], to: [{ group: '', kind: 'Service' }] }],
  ['v1', 'Secret', { type: 'Opaque', data: { 'tls.crt': 'aGVsbG8=' } }],
  [
    'config.istio.io/v1alpha2',
    'RouteRule',
    {
      destination: { name: host },
      match: { source: { name: host }, request: { headers: { a: { exact: 'b' } } } },
      route: [{ labels: { a: 'b' } }],
      httpFault: { delay: { fixedDelay: '1s' } },
      httpReqTimeout: { simpleTimeout: { timeout: '1s' } },
    },
  ],
].map(([apiVersion, kind, fields]) => ({
  apiVersion,
  kind,
  metadata: { name: 'x', labels: { a: 'b' } },
  ...(kind === 'Secret' ? (fields as Fields) : { spec: fields }),
}))
