import { describe, expect, test } from 'vitest'
import { ManifestError } from '../src/model/manifest.ts'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { limits } from '../src/manifests/yaml.ts'

/** Problems of a text as `where: message`. */
const problems = (text: string, file = 'rules.yaml'): string[] => {
  try {
    parseManifests(text, file)
  } catch (error) {
    if (error instanceof ManifestError) return error.problems.map(({ where, message }) => `${where}: ${message}`)
    throw error
  }
  return []
}

const head = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: reviews}\n'
const http = (route: string) => problems(`${head}spec: {hosts: [reviews], http: [${route}]}`)
const where = 'rules.yaml#1 VirtualService default/reviews'
const to = 'route: [{destination: {host: reviews}}]'

test('a problem names file, document, object and field', () => {
  const good = `${head}spec: {hosts: [reviews], http: [{${to}}]}`
  const bad = `${head}spec:\n  hosts: [reviews]\n  http:\n    - route:\n        - {destination: {host: reviews}}\n        - {destination: {host: reviews}, weight: lots}`
  expect(problems(`${good}\n---\n${bad}`, 'virtual-service.yaml')).toEqual([
    'virtual-service.yaml#2 VirtualService default/reviews spec.http[0].route[1].weight: must be an integer from 0 to 2147483647, is "lots"',
  ])
})

test('all problems are reported at once', () => {
  expect(problems(`${head}spec: {hosts: [], http: [{timeout: soon}], colour: red}\n---\nkind: Nothing`)).toEqual([
    `${where} spec.hosts: must not be empty`,
    `${where} spec.http[0].timeout: must be a duration such as 7s, 0.5s or 10ms, is "soon"`,
    `${where} spec.colour: is not a field of this kind`,
    'rules.yaml#2 apiVersion: is missing, empty or not a string',
  ])
})

describe('a VirtualService is refused for', () => {
  test.each([
    ['an unknown field', '{rout: []}', 'spec.http[0].rout: is not a field of this kind'],
    ['no action', '{timeout: 1s}', 'spec.http[0]: must have a route, redirect or directResponse'],
    ['two actions', `{${to}, redirect: {uri: /x}}`, 'spec.http[0]: must have only one of route, redirect and directResponse'],
    [
      'weights that are all 0',
      '{route: [{destination: {host: a}, weight: 0}, {destination: {host: b}}]}',
      'spec.http[0].route: the sum of the weights is 0',
    ],
    [
      'a lookahead',
      `{${to}, match: [{uri: {regex: "(?=x)y"}}]}`,
      'spec.http[0].match[0].uri.regex: not an RE2 regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      'two kinds of match',
      `{${to}, match: [{uri: {exact: /a, prefix: /b}}]}`,
      'spec.http[0].match[0].uri: must have only one of exact, prefix and regex',
    ],
    ['an empty prefix', `{${to}, match: [{uri: {prefix: ""}}]}`, 'spec.http[0].match[0].uri.prefix: must not be empty'],
    [
      'a percentage above 100',
      `{${to}, fault: {abort: {httpStatus: 500, percentage: {value: 101}}}}`,
      'spec.http[0].fault.abort.percentage.value: must be a number from 0 to 100, is 101',
    ],
    [
      'a status that is none',
      `{${to}, fault: {abort: {httpStatus: 999}}}`,
      'spec.http[0].fault.abort.httpStatus: must be an integer from 200 to 599, is 999',
    ],
    [
      'retries that do not retry',
      `{${to}, retries: {attempts: 0, retryOn: 5xx}}`,
      'spec.http[0].retries.attempts: is 0, which switches retries off: nothing else may be set',
    ],
    [
      'an unknown condition',
      `{${to}, retries: {attempts: 1, retryOn: sometimes}}`,
      'spec.http[0].retries.retryOn: "sometimes" is neither a condition of Envoy nor a status code',
    ],
    [
      'a host with a path',
      '{route: [{destination: {host: "reviews/x"}}]}',
      'spec.http[0].route[0].destination.host: must be a host name without wildcard, is "reviews/x"',
    ],
    [
      'a command of Envoy in a header',
      `{${to}, headers: {request: {set: {x: "%REQ(y)%"}}}}`,
      'spec.http[0].headers.request.set[x]: has a % command of Envoy, which the local mesh does not implement (write %% for a percent sign)',
    ],
    [
      'a redirect code that is none',
      '{redirect: {uri: /x, redirectCode: 304}}',
      'spec.http[0].redirect.redirectCode: must be 301, 302, 303, 307 or 308, is 304',
    ],
    [
      'a redirect with two paths',
      '{redirect: {uri: /x, prefixRewrite: /y}}',
      'spec.http[0].redirect: must have only one of uri and prefixRewrite',
    ],
    [
      'a redirect that leads nowhere else',
      '{redirect: {uri: "", redirectCode: 302}}',
      'spec.http[0].redirect: must have a uri, prefixRewrite, authority, scheme or port',
    ],
    [
      'a redirect of a prefix that no match names',
      '{match: [{uri: {prefix: /a}}, {uri: {exact: /b}}], redirect: {prefixRewrite: /y}}',
      'spec.http[0].redirect.prefixRewrite: needs matches on a prefix: each uri of match must have prefix',
    ],
    [
      'a delegate, which is not implemented',
      '{delegate: {name: x}}',
      'spec.http[0].delegate: is not supported by the local mesh: write the routes in one VirtualService',
    ],
    [
      'a fault with two statuses',
      `{${to}, fault: {abort: {httpStatus: 500, grpcStatus: UNAVAILABLE}}}`,
      'spec.http[0].fault.abort: must have exactly one of httpStatus and grpcStatus',
    ],
  ])('%s', (_, route, message) => {
    expect(http(route)).toContain(`${where} ${message}`)
  })

  test('"*" as a host of the mesh', () => {
    expect(problems(`${head}spec: {hosts: ["*"], http: [{${to}}]}`)).toEqual([
      `${where} spec.hosts: "*" is not allowed for the mesh, only for gateways`,
    ])
  })

  test('no routes at all', () => {
    expect(problems(`${head}spec: {hosts: [a], http: [], tcp: []}`)).toEqual([`${where} spec: must have http, tls or tcp`])
  })

  test('SNI of other hosts', () => {
    expect(problems(`${head}spec: {hosts: [a.example], tls: [{match: [{sniHosts: [a.example, b.example]}], ${to}}]}`)).toEqual([
      `${where} spec.tls[0].match[0].sniHosts: b.example is not covered by any of the hosts of the VirtualService`,
    ])
  })

  test('weights of connections that add up to nothing', () => {
    const none = '{destination: {host: a}, weight: 0}'
    expect(problems(`${head}spec: {hosts: [a], tcp: [{route: [${none}, ${none}]}]}`)).toEqual([
      `${where} spec.tcp[0].route: the sum of the weights is 0`,
    ])
  })
})

const spec = (kind: string, apiVersion: string, text: string) =>
  problems(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\nspec: ${text}`).map((each) =>
    each.slice(`rules.yaml#1 ${kind} default/x `.length),
  )
const networking = 'networking.istio.io/v1'
const security = 'security.istio.io/v1'
const api = 'gateway.networking.k8s.io/v1'

test.each([
  ['DestinationRule', networking, '{host: a, subsets: [{name: v1}, {name: v1}]}', 'spec.subsets: has the name v1 twice'],
  [
    'DestinationRule',
    networking,
    '{host: a, trafficPolicy: {loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}}',
    'spec.trafficPolicy.loadBalancer: must have only one of simple and consistentHash',
  ],
  [
    'DestinationRule',
    networking,
    '{host: a, trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}}',
    'spec.trafficPolicy.loadBalancer.simple: PASSTHROUGH is not supported by the local mesh: the caller names a service, not an address',
  ],
  [
    'DestinationRule',
    networking,
    '{host: a, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 50}}]}}}}',
    'spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to: the weights must add up to 100, they are 50',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"]}]}',
    'spec.servers[0].tls: is missing (protocol is HTTPS)',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: SIMPLE}}]}',
    'spec.servers[0].tls.credentialName: is missing (protocol is HTTPS)',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: AUTO_PASSTHROUGH}}]}',
    'spec.servers[0].tls.mode: AUTO_PASSTHROUGH is not supported by the local mesh: only proxies of other clusters come in by it, with the mutual TLS of their mesh; use PASSTHROUGH',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {httpsRedirect: true, credentialName: a}}]}',
    'spec.servers[0].tls.httpsRedirect: is for servers of protocol HTTP',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTP}, hosts: ["*"], tls: {mode: SIMPLE, credentialName: a}}]}',
    'spec.servers[0].tls.mode: must not be set for protocol HTTP',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {credentialName: a, subjectAltNames: [b]}}]}',
    'spec.servers[0].tls: asks nothing of clients in modes SIMPLE and PASSTHROUGH: subjectAltNames and verifyCertificate… are for MUTUAL',
  ],
  [
    'Gateway',
    networking,
    '{servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {credentialName: a, maxProtocolVersion: TLSV1_1}}]}',
    'spec.servers[0].tls.maxProtocolVersion: must not be before minProtocolVersion, which is TLSV1_2 by default',
  ],
  [
    'ServiceEntry',
    networking,
    '{hosts: [a.example], ports: [{number: 80, name: http}], resolution: STATIC}',
    'spec.endpoints: are needed for resolution STATIC',
  ],
  [
    'ServiceEntry',
    networking,
    '{hosts: ["*.example"], ports: [{number: 80, name: http}], resolution: DNS}',
    'spec.hosts: a wildcard cannot be resolved by DNS',
  ],
  [
    'Sidecar',
    networking,
    '{egress: [{hosts: [reviews]}]}',
    'spec.egress[0].hosts[0]: must be namespace/host, where namespace may be ".", "*" or "~"',
  ],
  ['PeerAuthentication', security, '{portLevelMtls: {80: {mode: STRICT}}}', 'spec.portLevelMtls: needs a selector'],
  [
    'RequestAuthentication',
    security,
    '{jwtRules: [{issuer: a, jwks: "{\\"keys\\":[]}", jwksUri: "https://a.example"}]}',
    'spec.jwtRules[0]: must have only one of jwks and jwksUri',
  ],
  [
    'RequestAuthentication',
    security,
    '{jwtRules: [{issuer: a, jwksUri: "file:///etc/keys"}]}',
    'spec.jwtRules[0].jwksUri: must be an address, https://…',
  ],
  [
    'RequestAuthentication',
    security,
    '{jwtRules: [{issuer: a}]}',
    "spec.jwtRules[0].jwks: is missing: the mesh does not read an issuer's discovery document",
  ],
  [
    'RequestAuthentication',
    security,
    '{jwtRules: [{issuer: a, jwks: nonsense}]}',
    'spec.jwtRules[0].jwks: must be a JSON Web Key Set: {"keys": […]}',
  ],
  [
    'AuthorizationPolicy',
    security,
    '{action: CUSTOM}',
    'spec.action: CUSTOM is not supported by the local mesh: there are no external authorizers',
  ],
  ['AuthorizationPolicy', security, '{rules: [{from: []}]}', 'spec.rules[0].from: must not be empty'],
  [
    'AuthorizationPolicy',
    security,
    '{rules: [{from: [{source: {ipBlocks: [10.0.0.0/40]}}]}]}',
    'spec.rules[0].from[0].source.ipBlocks[0]: must be an address or a CIDR block, is "10.0.0.0/40"',
  ],
  [
    'AuthorizationPolicy',
    security,
    '{rules: [{when: [{key: request.size, values: [a]}]}]}',
    'spec.rules[0].when[0].key: "request.size" is not an attribute of a request',
  ],
  [
    'HTTPRoute',
    api,
    '{parentRefs: [{name: x}], rules: [{filters: [{type: URLRewrite}]}]}',
    'spec.rules[0].filters[0].urlRewrite: is missing (type is URLRewrite)',
  ],
  [
    'HTTPRoute',
    api,
    '{parentRefs: [{name: x}], rules: [{filters: [{type: ExtensionRef}]}]}',
    'spec.rules[0].filters[0].type: ExtensionRef is not supported by the local mesh: the local mesh has no extension filters',
  ],
  [
    'HTTPRoute',
    api,
    '{parentRefs: [{name: x}], rules: [{matches: [{path: {value: a}}]}]}',
    'spec.rules[0].matches[0].path.value: must start with "/"',
  ],
  ['HTTPRoute', api, '{parentRefs: [{kind: Service, name: x}]}', 'spec.parentRefs[0].group: must be "" for a Service'],
  [
    'HTTPRoute',
    api,
    '{parentRefs: [{name: x}], rules: [{timeouts: {request: 1s, backendRequest: 2s}}]}',
    'spec.rules[0].timeouts.backendRequest: must not be longer than request',
  ],
  [
    'Gateway',
    api,
    '{gatewayClassName: istio, listeners: [{name: a, port: 443, protocol: HTTPS}]}',
    'spec.listeners[0].tls.certificateRefs: is missing (protocol is HTTPS)',
  ],
  [
    'Gateway',
    api,
    '{gatewayClassName: istio, listeners: [{name: a, port: 443, protocol: UDP}]}',
    'spec.listeners[0].protocol: UDP is not supported by the local mesh: the local mesh does not route UDP',
  ],
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1',
    '{targetRefs: [{group: "", kind: Service, name: a}], validation: {hostname: a.example}}',
    'spec.validation: must have one of caCertificateRefs and wellKnownCACertificates',
  ],
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1',
    '{targetRefs: [{group: "", kind: Service, name: a}], validation: {hostname: a.example, wellKnownCACertificates: System, caCertificateRefs: [{group: "", kind: ConfigMap, name: b}]}}',
    'spec.validation: must have one of caCertificateRefs and wellKnownCACertificates',
  ],
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1alpha3',
    '{targetRefs: [{group: "", kind: Service, name: a}, {group: "", kind: Service, name: a, sectionName: b}], validation: {hostname: a.example, wellKnownCACertificates: System}}',
    'spec.targetRefs: must have a sectionName each, where two name the same Service',
  ],
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1',
    '{targetRefs: [{group: "", kind: Service, name: a, sectionName: b}, {group: "", kind: Service, name: a, sectionName: b}], validation: {hostname: a.example, wellKnownCACertificates: System}}',
    'spec.targetRefs: must not name a section of a Service twice',
  ],
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1',
    '{targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: a}], validation: {hostname: "*.example", wellKnownCACertificates: System}}',
    'spec.targetRefs[0].kind: ServiceEntry is not supported by the local mesh: write a DestinationRule with tls.mode SIMPLE for its host',
  ],
  ...[
    ['{type: URI, hostname: a.example}', 'uri: is missing (type is URI)'],
    ['{type: Hostname, hostname: a.example, uri: "spiffe://a"}', 'uri: must not be set for type Hostname'],
    ['{type: URI, uri: a}', 'uri: must be a URI with a scheme and a host, is "a"'],
  ].map(([name, message]): [string, string, string, string] => [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io/v1',
    `{targetRefs: [{group: "", kind: Service, name: a}], validation: {hostname: a.example, wellKnownCACertificates: System, subjectAltNames: [${name}]}}`,
    `spec.validation.subjectAltNames[0].${message}`,
  ]),
  [
    'DestinationRule',
    'networking.istio.io/v1',
    '{host: a, trafficPolicy: {connectionPool: {http: {http2KeepAlive: {interval: 1s}}}}}',
    'spec.trafficPolicy.connectionPool.http.http2KeepAlive.timeout: is missing',
  ],
  [
    'DestinationRule',
    'networking.istio.io/v1',
    '{host: a, trafficPolicy: {tunnel: {protocol: POST, targetHost: b.example, targetPort: 443}}}',
    'spec.trafficPolicy.tunnel.protocol: POST is not supported by the local mesh: it wraps bytes into the bodies of a request and its answer; use CONNECT',
  ],
  ['ReferenceGrant', 'gateway.networking.k8s.io/v1beta1', '{from: [], to: [{group: "", kind: Service}]}', 'spec.from: must not be empty'],
  [
    'RouteRule',
    'config.istio.io/v1alpha2',
    '{destination: {name: a}, route: [{weight: 50}, {weight: 40}]}',
    'spec.route: the weights must add up to 100, they are 90',
  ],
])('%s of %s %s is refused', (kind, apiVersion, text, message) => {
  expect(spec(kind, apiVersion, text)).toContain(message)
})

test('a kind that is not implemented is refused by name', () => {
  expect(problems('apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: x}')).toEqual([
    'rules.yaml#1 EnvoyFilter default/x: kind EnvoyFilter of networking.istio.io/v1alpha3 is not supported by the local mesh: its proxies are not Envoy',
  ])
  expect(problems('apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: UDPRoute\nmetadata: {name: x}')).toEqual([
    'rules.yaml#1 UDPRoute default/x: kind UDPRoute of gateway.networking.k8s.io/v1alpha2 is not supported by the local mesh: it does not route UDP, which no workload of it speaks',
  ])
  expect(problems('apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: x}')).toEqual([
    'rules.yaml#1 Telemetry default/x: kind Telemetry of telemetry.istio.io/v1 is not supported by the local mesh',
  ])
})

test('a version that does not exist is refused with those that do', () => {
  expect(problems('apiVersion: networking.istio.io/v9\nkind: VirtualService\nmetadata: {name: x}')).toEqual([
    'rules.yaml#1 VirtualService default/x: networking.istio.io/v9 is not a version of VirtualService that the local mesh implements: networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3',
  ])
})

test.each(['v1', 'v1beta1', 'v1alpha3'])('networking.istio.io/%s is read alike', (version) => {
  const { objects } = parseManifests(
    `apiVersion: networking.istio.io/${version}\nkind: VirtualService\nmetadata: {name: reviews}\nspec: {hosts: [reviews], http: [{${to}}]}`,
    'a.yaml',
  )
  expect(objects).toMatchObject([{ kind: 'VirtualService', namespace: 'default', name: 'reviews', spec: { hosts: ['reviews'] } }])
})

test.each(['Service v1', 'Deployment apps/v1', 'ServiceAccount v1', 'ConfigMap v1'])('%s is left out with a notice', (each) => {
  const [kind, apiVersion] = each.split(' ')
  const { objects, notices } = parseManifests(
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\nspec: {whatever: [1]}`,
    'a.yaml',
  )
  expect([objects, notices.length]).toEqual([[], 1])
})

test('a Namespace belongs to none, whatever its metadata says', () => {
  const { objects } = parseManifests('apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, namespace: b, labels: {a: c}}', 'a.yaml')
  expect(objects).toMatchObject([{ kind: 'Namespace', namespace: '', name: 'team-a', labels: { a: 'c' } }])
})

test.each(['a.b', 'a'.repeat(64)])('%j is not a name of a namespace', (name) => {
  const message = `must be at most 63 lower-case letters, digits and '-', is ${JSON.stringify(name)}`
  expect(problems(`apiVersion: v1\nkind: Namespace\nmetadata: {name: "${name}"}`)).toEqual([
    `rules.yaml#1 Namespace ${name} metadata.name: ${message}`,
  ])
  const rule = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a, namespace: "${name}"}\n`
  expect(problems(`${rule}spec: {hosts: [a], http: [{${to}}]}`)).toEqual([
    `rules.yaml#1 VirtualService ${name}/a metadata.namespace: ${message}`,
  ])
})

test('two listeners of one port, protocol and hostname are refused, as the API server does', () => {
  const listener = '{port: 80, protocol: HTTP, hostname: a.example, name: NAME}'
  expect(
    problems(
      `apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: x}\nspec: {gatewayClassName: istio, listeners: [${listener.replace('NAME', 'a')}, ${listener.replace('NAME', 'b')}]}`,
    ),
  ).toEqual(['rules.yaml#1 Gateway default/x spec.listeners: must not have two listeners of the same port, protocol and hostname'])
})

test('items of a List are read one by one', () => {
  const { objects } = parseManifests(
    `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: a, namespace: shop}}`,
    'a.yaml',
  )
  expect(objects.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['shop/a'])
})

test('the namespace of the command is that of objects without one', () => {
  expect(
    parseManifests('apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}', 'a.yaml', 'shop').objects[0]
      ?.namespace,
  ).toBe('shop')
})

test('YAML is read as Kubernetes reads it', () => {
  const text =
    'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a, labels: &l {app: x}, annotations: {<<: *l, b: "yes"}}'
  expect(parseManifests(text, 'a.yaml').objects[0]?.raw).toMatchObject({ metadata: { annotations: { app: 'x', b: 'yes' } } })
  expect(problems(`${text}\nspec: {selector: {matchLabels: {on: yes}}}`)).toEqual([
    'rules.yaml#1 PeerAuthentication default/a spec.selector.matchLabels[true]: must be a string, is true',
  ])
})

describe('hostile YAML is refused for', () => {
  test.each([
    ['a file that is cut off', 'apiVersion: "v1', 'rules.yaml#1 line 1: not YAML: Missing closing "quote'],
    ['a key that stands twice', 'a: 1\nb: 2\na: 3', 'rules.yaml#1: key "a" stands twice in one map (line 3)'],
    ['__proto__', '__proto__: {a: 1}', 'rules.yaml#1: key __proto__ is not allowed (line 1)'],
    ['depth', `${'['.repeat(60)}${']'.repeat(60)}`, `rules.yaml#1: nested deeper than ${limits.depth} levels (line 1)`],
    ...[
      ['lists', '[', ''],
      ['maps', '{a: ', ''],
      ['JSON', '{"a":', ''],
      ['lists and maps', '[{a: ', ''],
      ['blocks', '- ', ''],
      ['keys', '? ', ''],
      ['maps in a manifest', '{a: ', `${head}spec: `],
    ].map(([name, unit, before]) => [
      `${name} in each other, 20,000 deep`,
      before + unit!.repeat(20_000),
      `rules.yaml#1: nested deeper than ${limits.depth} levels (line ${before === '' ? 1 : 4})`,
    ]),
    ['depth in the second document', `a: 1\n---\n${'['.repeat(60)}`, `rules.yaml#2: nested deeper than ${limits.depth} levels (line 3)`],
    [
      'depth by aliases',
      Array.from({ length: 6 }, (_, n) => `a${n}: &a${n} ${'['.repeat(12)}${n === 0 ? 'x' : `*a${n - 1}`}${']'.repeat(12)}\n`).join(''),
      `rules.yaml#1: nested deeper than ${limits.depth} levels (line 1)`,
    ],
    ['size', `a: ${'x'.repeat(limits.bytes)}`, `rules.yaml: the file is larger than ${limits.bytes} bytes`],
    ['documents', '---\na: 1\n'.repeat(limits.documents + 1), `rules.yaml: more than ${limits.documents} documents`],
    ['a cycle', 'a: &x\n  b: *x', 'rules.yaml#1: alias *x refers to a node that contains it'],
    ['an alias without anchor', 'a: *x', 'rules.yaml#1: alias *x has no anchor before it'],
    [
      'laughs by the billion',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]\n`).join('')}`,
      'rules.yaml#1: more than 100 aliases',
    ],
    ['a key that is a map', '? {a: 1}\n: b', 'rules.yaml#1: a key that is not a string (line 1)'],
    ['a list instead of an object', '- a', 'rules.yaml#1: must be an object with apiVersion, kind and metadata'],
    ['a merge of a value that is not a map', 'a: {<<: 1}', 'rules.yaml#1: merge key << needs a map'],
  ])('%s', (_, text, message) => {
    expect(problems(text)[0]).toContain(message)
  })

  test('a regular expression that is too long', () => {
    expect(http(`{${to}, match: [{uri: {regex: "${'a'.repeat(1025)}"}}]}`)).toEqual([
      `${where} spec.http[0].match[0].uri.regex: the regular expression is longer than 1024 characters`,
    ])
  })
})

const secret = (fields: string) =>
  problems(`apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n${fields}`).map((each) => each.replace('rules.yaml#1 Secret default/a ', ''))

test('a Secret of certificates is checked, and a message about it does not show its content', () => {
  expect(secret('type: kubernetes.io/tls\ndata: {tls.crt: aGVsbG8=}')).toEqual(['data[tls.key]: is missing (type is kubernetes.io/tls)'])
  expect(secret('data: {tls.crt: "my secret!", tls.key: aGVsbG8=}')).toEqual(['data[tls.crt]: must be base64'])
  expect(secret('stringData: {tls.key: a}\nspec: {}')).toEqual(['spec: is not a field of this kind'])
})

test('a Secret of anything else is left to the cluster', () => {
  const { objects, notices } = parseManifests('apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: aGVsbG8=}', 'a.yaml')
  expect([objects, notices.map(({ message }) => message)]).toEqual([[], ['left out: the local mesh uses Secrets only for certificates']])
})

test('a match on an attribute that is not a claim is refused', () => {
  expect(http(`{match: [{headers: {'@request.auth.principal': {exact: a}}}], ${to}}`)).toEqual([
    `${where} spec.http[0].match[0]: @request.auth.principal is not a claim: write @request.auth.claims.NAME or @request.auth.claims[NAME]`,
  ])
})
