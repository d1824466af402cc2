/** The checks, as they stand in checks/: `NAME.ts`, and next to it `NAME.yaml` for Istio's API and `NAME.gateway-api.yaml` for the Gateway API. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Capability, CheckDefinition, Profile } from './check.ts'

const folder = new URL('../checks/', import.meta.url)
/** `.ts` in the repository, `.js` in the package. */
const extension = extname(import.meta.url)

/** A check by one API. */
export interface Case {
  /** `header-exact`, with the Gateway API's rules `header-exact@gateway-api`. */
  name: string
  check: string
  profile: Profile
  definition: CheckDefinition
  /** File with its rules; none for checks of what needs no rule. */
  file: string | undefined
  /** What it changes: two checks that share a key never run at once. */
  keys: readonly string[]
}

/** Every check, in the order of names. */
export async function loadCatalog(): Promise<Case[]> {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(extension) ? [file.slice(0, -extension.length)] : []))
  const cases = await Promise.all(names.toSorted().map(casesOf))
  return cases.flat()
}

async function casesOf(name: string): Promise<Case[]> {
  const { default: definition } = (await import(new URL(`${name}${extension}`, folder).href)) as { default: CheckDefinition }
  const [istio, gatewayApi] = [`${name}.yaml`, `${name}.gateway-api.yaml`].map((file) =>
    existsSync(new URL(file, folder)) ? file : undefined,
  )
  const one = (profile: Profile, file: string | undefined): Case => ({
    name: profile === 'istio' ? name : `${name}@${profile}`,
    check: name,
    profile,
    definition,
    file,
    keys: definition.exclusive ? ['*'] : keysOf(file, definition.hosts),
  })
  // One without any rules is about what the mesh does by itself, and runs once.
  const cases = [
    ...(istio !== undefined || gatewayApi === undefined ? [one('istio', istio)] : []),
    ...(gatewayApi !== undefined ? [one('gateway-api', gatewayApi)] : []),
  ]
  return cases
}

export const readRules = (file: string): string => readFileSync(new URL(file, folder), 'utf8')

/** Hosts that a check asks, and those that its rules are about. */
function keysOf(file: string | undefined, asked: readonly string[] | undefined): readonly string[] {
  if (file === undefined) return asked ?? ['reviews']
  const keys = parseAllDocuments(readRules(file)).flatMap((document) => keysOfObject(document.toJS() as Manifest))
  return [...new Set([...keys, ...(asked ?? [])])]
}

interface Manifest {
  kind: string
  spec?: {
    host?: string
    hosts?: string[]
    hostnames?: string[]
    parentRefs?: { kind?: string; name: string }[]
    selector?: { matchLabels?: Record<string, string> }
  }
}

const routeKinds = new Set(['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute'])

function keysOfObject({ kind, spec = {} }: Manifest): string[] {
  if (kind === 'Gateway' || kind === 'ReferenceGrant' || kind === 'Secret') return ['gateway']
  if (kind === 'DestinationRule') return [spec.host ?? '*']
  if (kind === 'VirtualService' || kind === 'ServiceEntry') return spec.hosts ?? ['*']
  if (routeKinds.has(kind))
    return [...(spec.hostnames ?? []), ...(spec.parentRefs ?? []).map((parent) => (parent.kind === 'Service' ? parent.name : 'gateway'))]
  // Policies: of one workload, or of all.
  return [spec.selector?.matchLabels?.['app'] ?? '*']
}

/** Why the target cannot be asked, if so. */
export const missing = ({ definition }: Case, lacks: Partial<Record<Capability, string>>): string | undefined => {
  const need = definition.needs?.find((each) => lacks[each] !== undefined)
  return need && lacks[need]
}
