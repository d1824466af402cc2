/** Rules and requests made by chance but repeatable: what a real Envoy and the local mesh are both asked, to see whether they agree. */
import fc from 'fast-check'
import { stringify } from 'yaml'

export interface RequestCase {
  host: string
  method: string
  path: string
  headers: Record<string, string>
}

export interface RuleCases {
  /** Gateway, DestinationRule and one VirtualService per host. */
  yaml: string
  requests: RequestCase[]
}

const segments = ['a', 'ab', 'a/b', 'A', 'b', 'b/', 'ab/c', '']
const echo = (segment: string) => `/probe/echo${segment && `/${segment}`}`
const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)

const path = one(...segments).map(echo)
const uri = fc.oneof(
  path.map((exact) => ({ exact })),
  path.map((prefix) => ({ prefix })),
  one('/probe/echo/[ab]+', '/probe/echo/a.*', '/probe/echo(/b)?', '.*/c', '/probe/echo/(a|b)/?').map((regex) => ({ regex })),
)
const text = fc.oneof(
  one('1', '2', 'jason', '').map((exact) => ({ exact })),
  one('1', 'ja', 'J').map((prefix) => ({ prefix })),
  one('[0-9]+', 'j.*', '1|2').map((regex) => ({ regex })),
)
const names = ['x-a', 'end-user'] as const
const headers = fc.dictionary(
  one(...names),
  fc.oneof(
    { weight: 4, arbitrary: text.filter((match) => !('exact' in match && match.exact === '')) },
    { weight: 1, arbitrary: fc.constant({}) },
  ),
  {
    minKeys: 1,
    maxKeys: 2,
  },
)
const queryParams = fc.dictionary(
  one('q', 'r'),
  fc.oneof(
    one('1', '2').map((exact) => ({ exact })),
    one('[0-9]+').map((regex) => ({ regex })),
  ),
  { minKeys: 1, maxKeys: 2 },
)

const conditions = { uri, method: one('GET', 'POST', 'PUT').map((exact) => ({ exact })), headers, withoutHeaders: headers, queryParams }
/** One or two conditions: with more, hardly a request would meet them. Istio refuses an empty match. */
const match = fc
  .tuple(
    fc.subarray(Object.keys(conditions) as (keyof typeof conditions)[], { minLength: 1, maxLength: 2 }),
    fc.record(conditions),
    fc.boolean(),
  )
  .map(([kept, all, ignoreUriCase]) => {
    const block = Object.fromEntries(kept.map((name) => [name, all[name]]))
    // It says nothing without a uri, and nothing of regular expressions.
    return kept.includes('uri') && !('regex' in all.uri) && ignoreUriCase ? { ...block, ignoreUriCase } : block
  })

const subsetOf = (subset: string) => ({ host: 'reviews', port: { number: 9080 }, subset })
const destination = fc.oneof(
  one('v1', 'v2', 'v3').map(subsetOf),
  one('details', 'ratings').map((host) => ({ host, port: { number: 9080 } })),
)
const operations = fc.record(
  { set: fc.constant({ 'x-set': 'by rule', 'x-a': 'set' }), add: fc.constant({ 'x-add': 'by rule' }), remove: fc.constant(['end-user']) },
  { requiredKeys: [] },
)
const route = fc.oneof(
  destination.map((to) => [{ destination: to }]),
  // Shares in between are a matter of chance, and of other tests.
  fc.tuple(destination, destination, fc.boolean()).map(([first, second, flip]) => [
    { destination: first, weight: flip ? 0 : 100 },
    { destination: second, weight: flip ? 100 : 0 },
  ]),
)
const forward = fc.record(
  {
    route,
    headers: fc.record({ request: operations, response: operations }, { requiredKeys: [] }),
    rewrite: fc.oneof(
      one('/probe/echo/x', '/probe/echo').map((to) => ({ uri: to })),
      fc.constant({ authority: 'rewritten.example' }),
    ),
    fault: one(100, 0, 0).map((value) => ({ abort: { httpStatus: 555, percentage: { value } } })),
  },
  { requiredKeys: ['route'] },
)
const action = fc.oneof(
  { weight: 8, arbitrary: forward },
  {
    weight: 1,
    arbitrary: fc.record({
      redirect: one<object>(
        { uri: '/moved' },
        { authority: 'other.example' },
        { uri: '/moved', redirectCode: 308 },
        { uri: '/moved', scheme: 'https' },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ directResponse: one<object>({ status: 418, body: { string: 'short and stout' } }, { status: 204 }) }),
  },
)
const http = fc
  .record({ match: fc.option(fc.array(match, { minLength: 1, maxLength: 2 }), { nil: undefined }), action })
  .map(({ match: blocks, action: what }) => ({
    ...(blocks && { match: blocks }),
    ...what,
  }))
/** A rule without a match hides whatever follows it, which Istio's admission refuses. */
const rules = fc.array(http, { minLength: 2, maxLength: 5 }).map((list) => {
  const last = list.findIndex((rule) => !('match' in rule))
  return last < 0 ? list : list.slice(0, last + 1)
})

const request = fc.record({
  method: one('GET', 'GET', 'POST', 'PUT', 'DELETE'),
  path: fc.tuple(path, one('', '', '?q=1', '?q=2&r=1', '?r=x', '?q=')).map(([where, query]) => where + query),
  headers: fc.record({ 'x-a': one('1', '2', '12', 'a'), 'end-user': one('jason', 'Jason', 'mary') }, { requiredKeys: [] }),
})

/** `rulesCount` VirtualServices, each for its own host, and `requestsEach` requests to each host. The same seed gives the same cases. */
export function ruleCases(seed: number, rulesCount: number, requestsEach: number): RuleCases {
  const made = fc.sample(fc.tuple(rules, fc.array(request, { minLength: requestsEach, maxLength: requestsEach })), {
    seed,
    numRuns: rulesCount,
  })
  const object = (kind: string, name: string, spec: object) => ({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name }, spec })
  const documents = [
    object('Gateway', 'fidelity', {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 8080, name: 'http', protocol: 'HTTP' }, hosts: ['*.fidelity.example'] }],
    }),
    object('DestinationRule', 'reviews', {
      host: 'reviews',
      subsets: ['v1', 'v2', 'v3'].map((version) => ({ name: version, labels: { version } })),
    }),
    ...made.map(([list], index) =>
      object('VirtualService', `case-${index}`, { hosts: [`case-${index}.fidelity.example`], gateways: ['fidelity'], http: list }),
    ),
  ]
  return {
    yaml: documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join('---\n'),
    requests: made.flatMap(([, list], index) => list.map((each) => ({ host: `case-${index}.fidelity.example`, ...each }))),
  }
}
