/** Routing rules agree with the workloads that they route to, and both forms of a demo with each other. */
import { expect, test } from 'vitest'
import { files, load, type Manifest } from './manifests.ts'

interface Share {
  to: string
  weight: number
}
interface Rule {
  user?: string
  method?: string
  shares: Share[]
}

const subsets = load('networking/destination-rule-all.yaml').flatMap(({ spec }) =>
  spec.subsets.map(({ name }: { name: string }) => `${spec.host}-${name}`),
)
const versionServices = ['platform/kube/bookinfo-versions.yaml', 'platform/kube/bookinfo-versions-optional.yaml']
  .flatMap(load)
  .map(({ metadata }) => metadata.name)
const virtualServices = files.filter((file) => file.startsWith('networking/virtual-service-'))
const httpRoutes = files.filter((file) => file.startsWith('gateway-api/route-'))

/** A rule's own words in a form that both kinds share: who is meant, and the shares of the versions. */
const ofVirtualService = ({ spec }: Manifest): Rule[] =>
  spec.http.map(({ match, route }: any) => ({
    ...(match?.[0].headers && { user: match[0].headers['end-user'].exact }),
    ...(match?.[0].uri && { method: match[0].uri.exact }),
    shares: route.map(({ destination, weight = 100 }: any) => ({ to: `${destination.host}-${destination.subset}`, weight })),
  }))
const ofHttpRoute = ({ spec }: Manifest): Rule[] =>
  spec.rules.map(({ matches, backendRefs }: any) => ({
    ...(matches?.[0].headers && { user: matches[0].headers[0].value }),
    ...(matches?.[0].method && { method: `/${matches[0].method.service}/${matches[0].method.method}` }),
    shares: backendRefs.map(({ name, weight = 100 }: any) => ({ to: name, weight })),
  }))

test.each(virtualServices)('%s routes to subsets of destination-rule-all.yaml', (file) => {
  for (const { to } of load(file)
    .flatMap(ofVirtualService)
    .flatMap((rule) => rule.shares))
    expect(subsets).toContain(to)
})

test.each(httpRoutes)('%s routes to Services that exist', (file) => {
  for (const { to } of load(file)
    .flatMap(ofHttpRoute)
    .flatMap((rule) => rule.shares))
    expect(versionServices).toContain(to)
})

test.each(virtualServices.filter((file) => !load(file).some(({ spec }) => spec.http.some(({ fault, retries }: any) => fault ?? retries))))(
  '%s says the same as its route of the Gateway API',
  (file) => {
    const route = file.replace('networking/virtual-service-', 'gateway-api/route-')
    const byName = (objects: Manifest[], rules: (object: Manifest) => Rule[]) =>
      Object.fromEntries(objects.map((object) => [object.metadata.name, rules(object)]))
    expect(byName(load(route), ofHttpRoute)).toEqual(byName(load(file), ofVirtualService))
  },
)

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
