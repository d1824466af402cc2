/** The words of a decision: what its facts say to people, in one vocabulary for the command line and the console. */
import type { Asked, Clause, Fact, Step } from '../model/fact.ts'
import { grpcCodeName } from '../model/grpc.ts'
import type { PathMatch } from '../model/path-match.ts'
import type { StringMatch } from '../model/string-match.ts'

/** A step, for people. */
export interface Explained {
  /** As in Step. */
  rule: string
  /** `header end-user is exactly "jason"` */
  reason: string
}

/** One line per step. */
export const inWords = (steps: readonly Step[]): Explained[] => steps.map(({ rule, fact }) => ({ rule, reason: wordsOf(fact) }))

/** A fact as one line, without a full stop: `goes to reviews subset v2`. */
export const wordsOf = (fact: Fact): string => {
  switch (fact.kind) {
    case 'route-matched':
      return matched(fact)
    case 'service-itself':
      return 'no rule: the service itself'
    case 'https-only':
      return `${fact.host} is served only by https`
    case 'gateway-unserved':
      return `no gateway serves ${fact.host}`
    case 'route-unmatched':
      return `${fact.host === undefined ? 'no route of a gateway' : `no route for ${fact.host}`} matches ${fact.method} ${fact.path}`
    case 'connection-unrouted':
      return `${fact.service === undefined ? 'no gateway' : `no rule for ${fact.service}`} has a route for ${asked(fact.asked)}${passedOn(fact)}`
    case 'tls-begun':
      return `TLS for ${fact.sni}, with a certificate for ${fact.names.join(' or ')}`
    case 'tls-unverifiable':
      return 'TLS without a certificate to verify with: nothing is sent'
    case 'tls-not-taken':
      return `port ${fact.port} takes HTTP and no TLS`
    case 'tunnelled':
      return `asked by CONNECT for ${fact.host}:${fact.port}`
    case 'undeclared':
      return `${asked(fact.asked)} is not declared${passedOn(fact)}`
    case 'not-a-service':
      return `${asked(fact.asked)} is not a service of the mesh`
    case 'without-sidecar':
      return 'plaintext, chosen by the Service only'
    case 'preflight':
      return 'the mesh answers a CORS preflight'
    case 'delayed':
      return `delayed by ${fact.ms} ms (${fact.percent} % of requests are)`
    case 'aborted':
      return `aborted with ${fact.grpcStatus === undefined ? fact.status : grpcCodeName(fact.grpcStatus)} (${fact.percent} % of requests are)`
    case 'redirected':
      return `redirected to ${fact.location}`
    case 'answered':
      return `answered with ${fact.status} by the rule`
    case 'destination-chosen':
      return chosen(fact)
    case 'weights-zero':
      return 'all weights are 0'
    case 'host-unknown':
      return `host ${fact.host} is unknown`
    case 'port-unknown':
      return `${fact.host} has no port ${fact.port}`
    case 'subset-unknown':
      return `no DestinationRule of ${fact.host} has a subset ${fact.subset}`
    case 'reference-not-granted':
      return `no ReferenceGrant in ${fact.namespace} lets ${fact.from.kind}s of ${fact.from.namespace} refer to Service ${fact.service}`
    case 'balanced':
      return `${fact.balancer} over ${fact.endpoints} endpoint${fact.endpoints === 1 ? '' : 's'}`
    case 'outside':
      return `outside of the mesh: ${fact.scheme}://${fact.host}:${fact.port}`
    case 'mirrored':
      return `mirrored to ${fact.cluster}`
    case 'plaintext-refused':
      return 'mTLS is STRICT and the caller speaks plain text'
    case 'token-valid':
      return `the token is that of ${fact.principal}`
    case 'token-refused':
      return fact.body
  }
  return access(fact)
}

const matched = ({ path, clauses, of }: Fact & { kind: 'route-matched' }): string => {
  const parts = [...(path ? pathWords(path) : []), ...clauses.map(clause)]
  return parts.length > 0 ? parts.join(' and ') : `matches every ${of}`
}

const pathWords = ({ kind, value }: PathMatch): string[] => {
  const quoted = JSON.stringify(value)
  switch (kind) {
    case 'exact':
      return [`path is exactly ${quoted}`]
    case 'prefix':
      // Every path starts with a slash.
      return value === '/' || value === '' ? [] : [`path starts with ${quoted}`]
    case 'segments':
      return value === '' ? [] : [`path is ${quoted} or below`]
  }
  return [`path matches ${value}`]
}

const clause = (given: Clause): string => {
  switch (given.about) {
    case 'header':
    case 'claim':
    case 'query parameter':
      return `${given.not ? 'not: ' : ''}${given.about === 'claim' ? '' : `${given.about} `}${given.name} ${matchWords(given.match)}`
    case 'method':
    case 'scheme':
    case 'authority':
      return `${given.about} ${matchWords(given.match)}`
    case 'caller labels':
      return `caller has labels ${JSON.stringify(given.labels)}`
    case 'caller namespace':
      return `caller is in namespace ${given.namespace}`
    case 'caller service':
      return `caller serves ${given.service}`
    case 'port':
      return `port is ${given.port}`
    case 'other ports':
      return `port is not ${given.ports.join(' or ')}`
    case 'sni':
      return `SNI is one of ${given.names.join(', ')}`
  }
  return `address is in ${given.blocks.join(', ')}`
}

/** What a match asks of a value: `is exactly "jason"`. */
export const matchWords = ({ exact, prefix, regex }: StringMatch): string => {
  if (exact !== undefined) return `is exactly ${JSON.stringify(exact)}`
  if (prefix !== undefined) return `starts with ${JSON.stringify(prefix)}`
  return regex === undefined || regex === '*' ? 'is present' : `matches ${regex}`
}

const chosen = ({ host, subset, labels, weight, of }: Fact & { kind: 'destination-chosen' }): string => {
  const name = `${host}${subset === undefined ? '' : ` subset ${subset}`}${labels ? ` ${JSON.stringify(labels)}` : ''}`
  return `goes to ${name}${of === undefined ? '' : `, which has weight ${weight} of ${of}`}`
}

const access = ({ allow, by, dryRun }: Fact & { kind: 'access' }): string => {
  if (dryRun)
    return `dry run: ${by === 'rule' ? `would be ${allow ? 'allowed' : 'denied'} by this rule` : allow ? 'no rule would deny it' : 'no rule would allow it'}`
  if (by === 'no-policy') return 'no AuthorizationPolicy'
  if (by === 'rule') return `${allow ? 'allowed' : 'denied'} by this rule`
  return allow ? 'no policy denies it' : 'no rule allows it'
}

const passedOn = ({ passed }: { passed?: boolean }): string => (passed ? ': passed through' : '')

const asked = ({ host, port, tls }: Asked): string => {
  const place = host === '' ? `port ${port}` : port === undefined ? host : `${host}:${port}`
  return tls ? `${place} and ${tls.sni === undefined ? 'TLS without SNI' : `SNI ${tls.sni}`}` : place
}
