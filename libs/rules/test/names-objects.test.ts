import { describe, expect, test } from 'vitest'
import { absentKinds, kinds, kindsNamed, runningKinds } from '../src/manifests/kinds.ts'
import { readNames } from '../src/manifests/read-names.ts'

describe('the objects that manifests name', () => {
  test('need no more than apiVersion, kind and name', () => {
    const text =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: cors}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: istio-system}\n'
    expect(readNames(text, 'x.yaml', 'team-a')).toEqual([
      {
        source: { file: 'x.yaml', document: 1 },
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        namespace: 'team-a',
        name: 'cors',
      },
      { source: { file: 'x.yaml', document: 2 }, apiVersion: 'v1', kind: 'Secret', namespace: 'istio-system', name: 's' },
    ])
  })

  test('may be of kinds or have fields that the local mesh refuses', () => {
    const text =
      'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: x}\nspec: {configPatches: 1}\n---\napiVersion: networking.istio.io/v9\nkind: VirtualService\nmetadata: {name: y}\nspec: {odd: 1}\n'
    expect(readNames(text, 'x.yaml').map(({ kind, name }) => `${kind} ${name}`)).toEqual(['EnvoyFilter x', 'VirtualService y'])
  })

  test('say why the mesh never has one of their kind', () => {
    const text = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: httpbin}\n'
    expect(readNames(text, 'x.yaml')[0]!.leftOut).toBe('the local mesh runs its own workloads')
  })

  test('are those of a list too', () => {
    const text = 'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}}\n'
    expect(readNames(text, 'x.yaml').map(({ name }) => name)).toEqual(['a'])
  })

  test.each([
    ['kind: VirtualService\nmetadata: {name: a}', 'x.yaml#1 apiVersion: is missing, empty or not a string'],
    ['apiVersion: v1\nmetadata: {name: a}', 'x.yaml#1 kind: is missing, empty or not a string'],
    ['apiVersion: v1\nkind: Secret', 'x.yaml#1 metadata.name: is missing, empty or not a string'],
    ['- 1', 'x.yaml#1 apiVersion: is missing, empty or not a string'],
  ])('%j is refused by place', (text, message) => expect(() => readNames(text, 'x.yaml')).toThrow(message))
})

describe('the kinds that a word means', () => {
  const named = (word: string) => kindsNamed(word).map(({ kind, group }) => `${kind} ${group}`.trim())

  test.each([
    ['vs', ['VirtualService networking.istio.io']],
    ['VirtualService', ['VirtualService networking.istio.io']],
    ['virtualservices', ['VirtualService networking.istio.io']],
    ['virtualservices.networking.istio.io', ['VirtualService networking.istio.io']],
    ['virtualservices.v1.networking.istio.io', ['VirtualService networking.istio.io']],
    ['virtualservices.v9.networking.istio.io', []],
    ['virtualservices.apps', []],
    ['po', ['Pod']],
    ['deploy', ['Deployment apps']],
    ['deployments.apps', ['Deployment apps']],
    ['deployment.v1.apps', ['Deployment apps']],
    ['gateway', ['Gateway networking.istio.io', 'Gateway gateway.networking.k8s.io']],
    ['gateways.networking.istio.io', ['Gateway networking.istio.io']],
    ['gtw', ['Gateway gateway.networking.k8s.io']],
    ['ap', ['AuthorizationPolicy security.istio.io']],
    ['all', ['Pod', 'Service', 'Deployment apps']],
    [
      'gateway-api',
      ['GatewayClass', 'Gateway', 'HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'ReferenceGrant', 'BackendTLSPolicy'].map(
        (kind) => `${kind} gateway.networking.k8s.io`,
      ),
    ],
    ['nodes', []],
    ['', []],
  ])('%j', (word, meant) => expect(named(word)).toEqual(meant))

  test('no two kinds share a name with its group, and no word means both a kind and one that is absent', () => {
    const full = [...runningKinds, ...kinds].flatMap(({ plural, singular, group }) =>
      [...new Set([plural, singular])].map((name) => `${name}.${group}`),
    )
    expect(full.filter((name, i) => full.indexOf(name) !== i)).toEqual([])
    for (const { names } of absentKinds())
      for (const word of [names.singular, names.plural, ...names.shortNames]) expect([word, named(word)]).toEqual([word, []])
  })
})
