/** Pieces of schema that several kinds share. */
import { milliseconds } from '../../model/duration.ts'
import { cidrProblem } from '../../model/cidr.ts'
import { hostProblem } from '../../model/host.ts'
import { list, map, number, object, port, refused, required, string } from '../schema.ts'
import { regexProblem } from '../../model/string-match.ts'

export const hostName = string((value) => hostProblem(value, false), 'host name')
export const hostPattern = string((value) => hostProblem(value, true), 'host name or wildcard')
/** `host`, or `namespace/host` where namespace may be `.` or `*` (Gateway's and Sidecar's form). */
export const scopedHost = string((value) => hostProblem(value.slice(value.indexOf('/') + 1), true), '[namespace/]host')

export const cidr = string(cidrProblem, 'address or CIDR')

export const base64 = string(
  (value) =>
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replaceAll(/\s/g, '')) ? undefined : 'must be base64',
  'base64',
)

/** A duration of at least `min` milliseconds (Istio's smallest for timeouts is 1 ms). */
export const durationOf = (min = 0) =>
  string((value) => {
    const ms = milliseconds(value)
    if (ms === undefined) return `must be a duration such as 7s, 0.5s or 10ms, is ${JSON.stringify(value.slice(0, 40))}`
    return ms < min ? `must be at least ${min}ms` : undefined
  }, 'duration')

export const regex = string((value) => (value === '' ? 'must not be empty' : regexProblem(value)), 'RE2 regular expression')

// Istio takes `regex: "*"` for "any value", although it is not a regular expression.
const matchRegex = string(
  (value) => (value === '*' ? undefined : value === '' ? 'must not be empty' : regexProblem(value)),
  'RE2 regular expression',
)

/** Istio's StringMatch: exact, prefix or regex; none of them means that the value is there at all. */
export const stringMatch = object(
  { exact: string(), prefix: string((value) => (value === '' ? 'must not be empty' : undefined)), regex: matchRegex },
  (value) => (Object.keys(value).length > 1 ? 'must have only one of exact, prefix and regex' : undefined),
)

export const label = string((value) =>
  /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value) ? undefined : 'is not a label value',
)
export const labels = map(label)
/** DNS label, as names of subsets and ports are. */
export const dnsLabel = string((value) =>
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i.test(value) ? undefined : `must be a DNS label, is ${JSON.stringify(value.slice(0, 80))}`,
)
export const objectName = string((value) =>
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(value)
    ? undefined
    : `must be lower-case letters, digits, '-' and '.', is ${JSON.stringify(value.slice(0, 80))}`,
)
/** What is wrong with the name of a namespace, which has no dots. */
export const wrongNamespace = (name: string): string | undefined =>
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
    ? undefined
    : `must be at most 63 lower-case letters, digits and '-', is ${JSON.stringify(name.slice(0, 80))}`
export const namespaceName = string(wrongNamespace)
export const exportTo = list(
  string((value) =>
    value === '.' || value === '*' || value === '~' || /^[a-z0-9][-a-z0-9]{0,62}$/.test(value)
      ? undefined
      : 'must be ".", "*", "~" or a namespace',
  ),
)
export const percent = object({ value: number(0, 100) })

const tokenCharacters = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** A header's name, pseudo-headers such as `:authority` among them. */
export const headerName = string(
  (value) => (tokenCharacters.test(value) ? undefined : `must be a header name, is ${JSON.stringify(value.slice(0, 80))}`),
  'header name',
)
/** A header's value. Envoy takes %…% for commands, which are not implemented; %% is a percent sign. */
export const headerValue = string((value) => {
  if (/[\r\n\0]/.test(value)) return 'must not have line breaks'
  return value.replaceAll('%%', '').includes('%')
    ? 'has a % command of Envoy, which the local mesh does not implement (write %% for a percent sign)'
    : undefined
}, 'header value')

const named = (names: string[]): string | undefined => {
  const bad = names.find((name) => !tokenCharacters.test(name))
  return bad === undefined ? undefined : `must be a header name, is ${JSON.stringify(bad.slice(0, 80))}`
}
const headerMap = map(headerValue)
const operations = object({ set: headerMap, add: headerMap, remove: list(headerName) }, (value) =>
  named([...Object.keys(value.set ?? {}), ...Object.keys(value.add ?? {})]),
)
/** Istio's header operations on requests and responses. */
export const headers = object({ request: operations, response: operations })

const portSelector = object({ number: required(port), name: refused('Istio itself accepts only numbers') })
export const destination = object({ host: required(hostName), subset: dnsLabel, port: portSelector })
export const selector = object({ matchLabels: labels })
