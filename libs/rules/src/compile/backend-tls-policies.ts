/** BackendTLSPolicies: which of them holds for a port of a Service, the TLS that it asks for, and what is wrong with it. */
import type { BackendTlsPolicy, BackendTlsPolicyObject } from '../manifests/kinds/backend-tls-policy.ts'
import type { TlsSettings } from '../model/decision.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import type { Certificates } from './certificates.ts'
import type { Registry } from './registry.ts'

/** What is wrong, by the reasons of the Gateway API. */
interface PolicyProblem {
  reason: 'TargetNotFound' | 'Conflicted' | 'NoValidCACertificate' | 'InvalidCACertificateRef' | 'InvalidKind'
  message: string
}

/** One of a policy's targetRefs. */
interface PolicyTargetState {
  target: BackendTlsPolicy['targetRefs'][number]
  /** Of the Service. */
  host: string
  /** Number of the port that it is for; undefined when it is for all ports. */
  port: number | undefined
  /** Why it does not hold there. */
  problem?: PolicyProblem
}

interface PolicyState {
  targets: readonly PolicyTargetState[]
  /** Of its caCertificateRefs, by their places. */
  references: readonly { index: number; problem: PolicyProblem }[]
  /** What a handshake needs, or why there can be none. */
  settings: TlsSettings | string
}

/** The policy that holds for a port. */
export interface BackendTls {
  /** `tls.yaml#1 BackendTLSPolicy default/details` */
  rule: string
  settings: TlsSettings | string
}

export class BackendTlsPolicies {
  readonly #states = new Map<BackendTlsPolicyObject, PolicyState>()
  /** By `host|port`, and `host|` for all other ports. */
  readonly #holding = new Map<string, BackendTls>()

  /** `objects` oldest first: of two policies for one section of a Service the older one holds. */
  constructor(objects: readonly BackendTlsPolicyObject[], registry: Registry, certificates: Certificates) {
    for (const object of objects) {
      const { references, settings } = authorityOf(object, certificates)
      const targets = object.spec.targetRefs.map((target): PolicyTargetState => {
        const state = { target, ...placeOf(target, object.namespace, registry) }
        if ('problem' in state) return state
        const key = `${state.host}|${state.port ?? ''}`
        const older = this.#holding.get(key)
        if (older) return { ...state, problem: { reason: 'Conflicted', message: `${older.rule} is older and has the same target` } }
        this.#holding.set(key, { rule: whereIs(object), settings })
        return state
      })
      this.#states.set(object, { targets, references, settings })
    }
  }

  find(host: string, port: number): BackendTls | undefined {
    return this.#holding.get(`${host}|${port}`) ?? this.#holding.get(`${host}|`)
  }

  stateOf(object: BackendTlsPolicyObject): PolicyState | undefined {
    return this.#states.get(object)
  }

  /** Policies, or parts of them, that cannot do what they say. */
  get warnings(): Notice[] {
    return [...this.#states].flatMap(([object, { targets, references, settings }]) => [
      ...targets.flatMap(({ problem }, index) =>
        problem ? [{ where: `${whereIs(object)} spec.targetRefs[${index}]`, message: `${problem.message}: it has no effect` }] : [],
      ),
      ...references.map(({ index, problem }) => ({
        where: `${whereIs(object)} spec.validation.caCertificateRefs[${index}]`,
        message: `${problem.message}: ${typeof settings === 'string' ? 'requests that go there fail' : 'only the others are used'}`,
      })),
    ])
  }
}

const placeOf = (
  { name, sectionName }: BackendTlsPolicy['targetRefs'][number],
  namespace: string,
  registry: Registry,
): Omit<PolicyTargetState, 'target'> => {
  const host = `${name}.${namespace}.svc.cluster.local`
  const service = registry.get(host)
  const missing = (what: string) => ({ host, port: undefined, problem: { reason: 'TargetNotFound' as const, message: what } })
  if (!service) return missing(`Service ${namespace}/${name} does not exist`)
  if (sectionName === undefined) return { host, port: undefined }
  const port = service.ports.find((each) => each.name === sectionName)?.number
  return port === undefined ? missing(`Service ${namespace}/${name} has no port with the name ${sectionName}`) : { host, port }
}

/** Who may sign the certificates of the pods, and which names they carry. */
const authorityOf = (
  { namespace, spec: { validation } }: BackendTlsPolicyObject,
  certificates: Certificates,
): Pick<PolicyState, 'references' | 'settings'> => {
  const { hostname, subjectAltNames = [], caCertificateRefs = [] } = validation
  const names = subjectAltNames.map(({ hostname: name, uri }) => name ?? uri!)
  const settings = { sni: hostname, ...(names.length > 0 && { subjectAltNames: names }) }
  const given = caCertificateRefs.map(({ group, kind, name }, index) => {
    const known = group === '' && (kind === 'ConfigMap' || kind === 'Secret')
    if (!known)
      return { index, problem: { reason: 'InvalidKind' as const, message: `${kind} ${name} is neither a ConfigMap nor a Secret` } }
    const found = kind === 'Secret' ? certificates.authority(namespace, name) : certificates.authorityInConfigMap(namespace, name)
    return typeof found === 'string' ? { index, problem: { reason: 'InvalidCACertificateRef' as const, message: found } } : found
  })
  const references = given.filter((each) => 'problem' in each)
  const authorities = given.filter((each) => 'ca' in each)
  if (caCertificateRefs.length === 0) return { references, settings }
  if (authorities.length === 0) return { references, settings: references.map(({ problem }) => problem.message).join('; ') }
  const crls = authorities.flatMap(({ crl }) => crl ?? [])
  const authority = { ca: authorities.map(({ ca }) => ca).join('\n'), ...(crls.length > 0 && { crl: crls.join('\n') }) }
  return { references, settings: { ...settings, authority } }
}
