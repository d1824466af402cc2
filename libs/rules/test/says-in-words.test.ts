/** Facts of decisions, as people read them. */
import { expect, test } from 'vitest'
import { inWords, wordsOf } from '../src/explain/words.ts'
import type { Clause, Fact } from '../src/model/fact.ts'

const cases: [Fact, string][] = [
  [{ kind: 'service-itself' }, 'no rule: the service itself'],
  [{ kind: 'route-matched', clauses: [], of: 'request' }, 'matches every request'],
  [{ kind: 'route-matched', clauses: [], of: 'connection' }, 'matches every connection'],
  [{ kind: 'https-only', host: 'shop.example' }, 'shop.example is served only by https'],
  [{ kind: 'gateway-unserved', host: 'shop.example' }, 'no gateway serves shop.example'],
  [{ kind: 'route-unmatched', method: 'GET', path: '/a' }, 'no route of a gateway matches GET /a'],
  [{ kind: 'route-unmatched', host: 'reviews', method: 'GET', path: '/a' }, 'no route for reviews matches GET /a'],
  [{ kind: 'connection-unrouted', asked: { host: 'db', port: 27017 } }, 'no gateway has a route for db:27017'],
  [
    { kind: 'connection-unrouted', asked: { host: '', port: 9443, tls: {} }, service: 'db' },
    'no rule for db has a route for port 9443 and TLS without SNI',
  ],
  [{ kind: 'undeclared', asked: { host: 'books.example', port: 80 }, passed: true }, 'books.example:80 is not declared: passed through'],
  [
    { kind: 'undeclared', asked: { host: '10.0.0.1', port: 443, tls: { sni: 'a.example' } }, passed: false },
    '10.0.0.1:443 and SNI a.example is not declared',
  ],
  [
    { kind: 'connection-unrouted', asked: { host: 'db', port: 1 }, service: 'db', passed: true },
    'no rule for db has a route for db:1: passed through',
  ],
  [{ kind: 'tunnelled', host: 'proxy', port: 3128 }, 'asked by CONNECT for proxy:3128'],
  [
    { kind: 'tls-begun', sni: 'a.example', names: ['a.example', 'b.example'] },
    'TLS for a.example, with a certificate for a.example or b.example',
  ],
  [{ kind: 'tls-unverifiable' }, 'TLS without a certificate to verify with: nothing is sent'],
  [{ kind: 'tls-not-taken', port: 9080 }, 'port 9080 takes HTTP and no TLS'],
  [{ kind: 'not-a-service', asked: { host: 'db', port: 1 } }, 'db:1 is not a service of the mesh'],
  [{ kind: 'without-sidecar' }, 'plaintext, chosen by the Service only'],
  [{ kind: 'preflight' }, 'the mesh answers a CORS preflight'],
  [{ kind: 'delayed', ms: 7000, percent: 50 }, 'delayed by 7000 ms (50 % of requests are)'],
  [{ kind: 'aborted', status: 555, percent: 100 }, 'aborted with 555 (100 % of requests are)'],
  [{ kind: 'aborted', status: 200, grpcStatus: 14, percent: 100 }, 'aborted with UNAVAILABLE (100 % of requests are)'],
  [{ kind: 'redirected', location: 'http://a/b' }, 'redirected to http://a/b'],
  [{ kind: 'answered', status: 503 }, 'answered with 503 by the rule'],
  [{ kind: 'destination-chosen', host: 'reviews', subset: 'v2', weight: 1 }, 'goes to reviews subset v2'],
  [
    { kind: 'destination-chosen', host: 'reviews', labels: { version: 'v3' }, weight: 20, of: 100 },
    'goes to reviews {"version":"v3"}, which has weight 20 of 100',
  ],
  [{ kind: 'weights-zero' }, 'all weights are 0'],
  [{ kind: 'host-unknown', host: 'nowhere' }, 'host nowhere is unknown'],
  [{ kind: 'port-unknown', host: 'reviews', port: 1 }, 'reviews has no port 1'],
  [{ kind: 'subset-unknown', host: 'reviews', subset: 'v9' }, 'no DestinationRule of reviews has a subset v9'],
  [
    { kind: 'reference-not-granted', namespace: 'shop', from: { kind: 'HTTPRoute', namespace: 'default' }, service: 'cart' },
    'no ReferenceGrant in shop lets HTTPRoutes of default refer to Service cart',
  ],
  [{ kind: 'balanced', balancer: 'LEAST_REQUEST', endpoints: 1 }, 'LEAST_REQUEST over 1 endpoint'],
  [{ kind: 'balanced', balancer: 'RANDOM', endpoints: 0 }, 'RANDOM over 0 endpoints'],
  [{ kind: 'outside', scheme: 'https', host: 'books.example', port: 443 }, 'outside of the mesh: https://books.example:443'],
  [{ kind: 'mirrored', cluster: 'outbound|9080|v3|reviews' }, 'mirrored to outbound|9080|v3|reviews'],
  [{ kind: 'plaintext-refused' }, 'mTLS is STRICT and the caller speaks plain text'],
  [{ kind: 'token-valid', principal: 'issuer/jason' }, 'the token is that of issuer/jason'],
  [{ kind: 'token-refused', body: 'Jwt is expired' }, 'Jwt is expired'],
  [{ kind: 'access', allow: true, by: 'no-policy' }, 'no AuthorizationPolicy'],
  [{ kind: 'access', allow: true, by: 'rule' }, 'allowed by this rule'],
  [{ kind: 'access', allow: false, by: 'rule' }, 'denied by this rule'],
  [{ kind: 'access', allow: true, by: 'none' }, 'no policy denies it'],
  [{ kind: 'access', allow: false, by: 'none' }, 'no rule allows it'],
  [{ kind: 'access', allow: false, by: 'rule', dryRun: true }, 'dry run: would be denied by this rule'],
  [{ kind: 'access', allow: false, by: 'none', dryRun: true }, 'dry run: no rule would allow it'],
  [{ kind: 'access', allow: true, by: 'none', dryRun: true }, 'dry run: no rule would deny it'],
]

test.each(cases)('%j', (fact, words) => {
  expect(wordsOf(fact)).toBe(words)
})

test.each<[Clause, string]>([
  [{ about: 'header', name: 'end-user', match: { exact: 'jason' } }, 'header end-user is exactly "jason"'],
  [{ about: 'header', name: 'end-user', match: { prefix: 'ja' }, not: true }, 'not: header end-user starts with "ja"'],
  [{ about: 'header', name: 'end-user', match: {} }, 'header end-user is present'],
  [{ about: 'header', name: 'end-user', match: { regex: '*' } }, 'header end-user is present'],
  [{ about: 'query parameter', name: 'q', match: { regex: 'a+' } }, 'query parameter q matches a+'],
  [{ about: 'claim', name: 'request.auth.claims.group', match: { exact: 'g' } }, 'request.auth.claims.group is exactly "g"'],
  [{ about: 'method', match: { exact: 'POST' } }, 'method is exactly "POST"'],
  [{ about: 'caller labels', labels: { app: 'a' } }, 'caller has labels {"app":"a"}'],
  [{ about: 'caller namespace', namespace: 'shop' }, 'caller is in namespace shop'],
  [{ about: 'caller service', service: 'reviews' }, 'caller serves reviews'],
  [{ about: 'port', port: 80 }, 'port is 80'],
  [{ about: 'other ports', ports: [80, 81] }, 'port is not 80 or 81'],
  [{ about: 'sni', names: ['a.example', '*.b.example'] }, 'SNI is one of a.example, *.b.example'],
  [{ about: 'address', blocks: ['10.0.0.0/8'] }, 'address is in 10.0.0.0/8'],
])('the condition %j', (clause, words) => {
  expect(wordsOf({ kind: 'route-matched', clauses: [clause], of: 'request' })).toBe(words)
})

test('path and conditions of a match are joined, and each step names its rule', () => {
  const path = { kind: 'segments', value: '/reviews', ignoreCase: false } as const
  const clauses: Clause[] = [
    { about: 'port', port: 80 },
    { about: 'method', match: { exact: 'GET' } },
  ]
  expect(inWords([{ rule: 'r', fact: { kind: 'route-matched', path, clauses, of: 'request' } }])).toEqual([
    { rule: 'r', reason: 'path is "/reviews" or below and port is 80 and method is exactly "GET"' },
  ])
})
