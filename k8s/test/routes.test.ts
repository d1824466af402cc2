/** Routing rules agree with the workloads that they route to, and both forms of a demo with each other. */
import { expect, test } from 'vitest'
import { files, find, load, type Manifest } from './manifests.ts'

interface Share {
  to: string
  weight: number
}
interface Rule {
  user?: string
  method?: string
  /** Of TCP, the port; of TLS, the names that clients ask for. */
  port?: number
  names?: string[]
  shares: Share[]
}

const subsets = load('networking/destination-rule-all.yaml').flatMap(({ spec }) =>
  spec.subsets.map(({ name }: { name: string }) => `${spec.host}-${name}`),
)
const versionServices = ['platform/kube/bookinfo-versions.yaml', 'platform/kube/bookinfo-versions-optional.yaml']
  .flatMap(load)
  .map(({ metadata }) => metadata.name)
const virtualServices = files.filter((file) => file.startsWith('networking/virtual-service-'))
const routes = files.filter((file) => file.startsWith('gateway-api/route-'))

/** A rule's own words in a form that both kinds share: who is meant, and the shares of the versions. */
const ofVirtualService = ({ spec }: Manifest): Rule[] =>
  [spec.http, spec.tcp, spec.tls].flatMap((rules = []) =>
    rules.map(({ match, route }: any) => ({
      ...(match?.[0].headers && { user: match[0].headers['end-user'].exact }),
      ...(match?.[0].uri && { method: match[0].uri.exact }),
      ...(match?.[0].port && { port: match[0].port }),
      ...(match?.[0].sniHosts && { names: match[0].sniHosts }),
      shares: route.map(({ destination, weight = 100 }: any) => ({ to: `${destination.host}-${destination.subset}`, weight })),
    })),
  )
const ofRoute = ({ kind, spec }: Manifest): Rule[] =>
  spec.rules.map(({ matches, backendRefs }: any) => ({
    ...(matches?.[0].headers && { user: matches[0].headers[0].value }),
    ...(matches?.[0].method && { method: `/${matches[0].method.service}/${matches[0].method.method}` }),
    ...(kind === 'TCPRoute' && { port: spec.parentRefs[0].port }),
    ...(kind === 'TLSRoute' && { names: spec.hostnames }),
    shares: backendRefs.map(({ name, weight = 100 }: any) => ({ to: name, weight })),
  }))
const loadRules = (file: string, kind: RegExp) => load(file).filter((object) => kind.test(object.kind))
const virtualServicesOf = (file: string) => loadRules(file, /^VirtualService$/)
const routesOf = (file: string) => loadRules(file, /Route$/)

test.each(virtualServices)('%s routes to subsets of destination-rule-all.yaml', (file) => {
  for (const { to } of virtualServicesOf(file)
    .flatMap(ofVirtualService)
    .flatMap((rule) => rule.shares))
    expect(subsets).toContain(to)
})

test.each(routes)('%s routes to Services that exist', (file) => {
  for (const { to } of routesOf(file)
    .flatMap(ofRoute)
    .flatMap((rule) => rule.shares))
    expect(versionServices).toContain(to)
})

const withFaultOrRetries = (file: string) =>
  virtualServicesOf(file).some(({ spec }) => spec.http?.some(({ fault, retries }: any) => fault ?? retries))

test.each(virtualServices.filter((file) => !withFaultOrRetries(file)))('%s says the same as its route of the Gateway API', (file) => {
  const routeFile = file.replace('networking/virtual-service-', 'gateway-api/route-')
  // A VirtualService has all names of a gateway, and a TLSRoute the names of one destination.
  const byHost = (rules: [string, Rule][]) => Object.groupBy(rules, ([host]) => host)
  const ofIstio = virtualServicesOf(file).flatMap((object) =>
    ofVirtualService(object).map((rule): [string, Rule] => [rule.names ? 'names' : object.metadata.name, rule]),
  )
  const ofGatewayApi = routesOf(routeFile).flatMap((object) =>
    ofRoute(object).map((rule): [string, Rule] => [rule.names ? 'names' : object.metadata.name, rule]),
  )
  expect(byHost(ofGatewayApi)).toEqual(byHost(ofIstio))
})

test.each(['tcp-reviews-80-20', 'tls-reviews-v1-v3'])('%s leads to ports that bookinfo-probes.yaml has, in both forms', (name) => {
  const ports = (host: string) => find('platform/kube/bookinfo-probes.yaml', 'Service', host).spec.ports.map(({ port }: any) => port)
  const ofIstio = virtualServicesOf(`networking/virtual-service-${name}.yaml`).flatMap(({ spec }) =>
    [spec.tcp ?? [], spec.tls ?? []].flat(),
  )
  for (const { route } of ofIstio) for (const { destination } of route) expect(ports(destination.host)).toContain(destination.port.number)
  const ofGatewayApi = routesOf(`gateway-api/route-${name}.yaml`).flatMap(({ spec }) => spec.rules)
  for (const { backendRefs } of ofGatewayApi) for (const { name: service, port } of backendRefs) expect(ports(service)).toContain(port)
})

test('both gateways let in the same paths', () => {
  const [, virtualService] = load('networking/bookinfo-gateway.yaml') as [Manifest, Manifest]
  const [, httpRoute] = load('gateway-api/bookinfo-gateway.yaml') as [Manifest, Manifest]
  const ofIstio = virtualService.spec.http[0].match.map(({ uri }: any) => (uri.exact ? `= ${uri.exact}` : `${uri.prefix}*`))
  const ofGatewayApi = httpRoute.spec.rules[0].matches.map(({ path }: any) =>
    path.type === 'Exact' ? `= ${path.value}` : `${path.value}*`,
  )
  expect(ofGatewayApi).toEqual(ofIstio)
})

test('destination-rule-all-mtls.yaml is destination-rule-all.yaml with mutual TLS', () => {
  const expected = load('networking/destination-rule-all.yaml').map((rule) => ({
    ...rule,
    spec: { ...rule.spec, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } },
  }))
  expect(load('networking/destination-rule-all-mtls.yaml')).toEqual(expected)
})
