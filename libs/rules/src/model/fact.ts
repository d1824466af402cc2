/** What decisions and verdicts are based on. Only data: `explain/words.ts` puts it in words. */
import type { PathMatch } from './path-match.ts'
import type { StringMatch } from './string-match.ts'

/** One condition of a match, as its rule states it. */
export type Clause =
  | { about: 'header' | 'claim' | 'query parameter'; name: string; match: StringMatch; not?: boolean }
  | { about: 'method' | 'scheme' | 'authority'; match: StringMatch }
  | { about: 'caller labels'; labels: Readonly<Record<string, string>> }
  | { about: 'caller namespace'; namespace: string }
  | { about: 'caller service'; service: string }
  | { about: 'port'; port: number }
  | { about: 'other ports'; ports: readonly number[] }
  | { about: 'sni'; names: readonly string[] }
  | { about: 'address'; blocks: readonly string[] }

/** Why a destination that a rule names cannot be used. */
export type Missing =
  | { kind: 'host-unknown'; host: string }
  | { kind: 'port-unknown'; host: string; port: number }
  | { kind: 'subset-unknown'; host: string; subset: string }
  | { kind: 'reference-not-granted'; namespace: string; from: { kind: string; namespace: string }; service: string }

/** What was asked for: a host, and for a connection its port and the name in its TLS. `host` is empty for a port without one. */
export interface Asked {
  host: string
  port?: number | undefined
  tls?: { sni?: string | undefined } | undefined
}

export type Fact =
  | { kind: 'route-matched'; path?: PathMatch; clauses: readonly Clause[]; of: 'request' | 'connection' }
  | { kind: 'service-itself' }
  | { kind: 'https-only'; host: string }
  | { kind: 'gateway-unserved'; host: string }
  | { kind: 'route-unmatched'; host?: string; method: string; path: string }
  | { kind: 'connection-unrouted'; asked: Asked; service?: string; passed?: boolean }
  | { kind: 'tunnelled'; host: string; port: number }
  | { kind: 'tls-begun'; sni: string; names: readonly string[] }
  | { kind: 'tls-unverifiable' }
  | { kind: 'tls-not-taken'; port: number }
  | { kind: 'undeclared'; asked: Asked; passed: boolean }
  | { kind: 'not-a-service'; asked: Asked }
  | { kind: 'without-sidecar' }
  | { kind: 'preflight' }
  | { kind: 'delayed'; ms: number; percent: number }
  | { kind: 'aborted'; status: number; grpcStatus?: number | undefined; percent: number }
  | { kind: 'redirected'; location: string }
  | { kind: 'answered'; status: number }
  | {
      kind: 'destination-chosen'
      host: string
      subset?: string | undefined
      labels?: Readonly<Record<string, string>> | undefined
      weight: number
      of?: number
    }
  | { kind: 'weights-zero' }
  | { kind: 'balanced'; balancer: string; endpoints: number }
  | { kind: 'outside'; scheme: string; host: string; port: number }
  | { kind: 'mirrored'; cluster: string }
  | { kind: 'plaintext-refused' }
  | { kind: 'token-valid'; principal: string }
  | { kind: 'token-refused'; body: string }
  | { kind: 'access'; allow: boolean; by: 'rule' | 'none' | 'no-policy'; dryRun?: boolean }
  | Missing

/** Why a decision is what it is: one fact per step, newest last. */
export interface Step {
  /** `virtual-service-reviews.yaml#1 VirtualService default/reviews http[0] match[0]`, or a built-in default's name. */
  rule: string
  fact: Fact
}
