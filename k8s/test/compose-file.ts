/** docker-compose.yml as Docker Compose reads it: merged, with its variables filled in. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { root } from './manifests.ts'

export interface ComposeService {
  image: string
  user: string
  hostname?: string
  read_only: boolean
  cap_drop: string[]
  security_opt: string[]
  mem_limit: string
  environment?: Record<string, string>
  ports?: string[]
  profiles?: string[]
  configs?: { source: string; target: string }[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
  networks?: unknown
}

export interface ComposeFile {
  services: Record<string, ComposeService>
  configs: Record<string, { file?: string; content?: string }>
}

/** The file with the variables of `env`. @throws for a form of variable that is not used there yet. */
export const composeFile = (env: Readonly<Record<string, string>> = {}) =>
  fill(parse(readFileSync(`${root}../docker-compose.yml`, 'utf8'), { merge: true }), env) as ComposeFile

function fill(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string')
    return value.replaceAll(/\$(?:\{([A-Z_]+)(:[-+])([^{}]*)\}|.)/g, (...found) => filled(found as string[], env))
  if (Array.isArray(value)) return value.map((item) => fill(item, env))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, env)]))
}

function filled([all = '', name, operator, word = '']: string[], env: Readonly<Record<string, string>>): string {
  if (name === undefined) throw new Error(`docker-compose.yml: ${all} is not read here`)
  if (operator === ':+') return env[name] ? word : ''
  return env[name] || word
}

/** The services that run an app of this repository, with its name; those of a profile when that is asked for. */
export const appsOf = ({ services }: ComposeFile, profiled = false) =>
  Object.entries(services).flatMap(([name, service]) => {
    const [, app] = /\/bookinfo-([a-z]+):/.exec(service.image) ?? []
    return app && (profiled || !service.profiles) ? [{ name, app, service }] : []
  })

/** `WORKLOADS` of the mesh, in order. */
export const workloadsOf = ({ services }: ComposeFile) =>
  (services['mesh']?.environment?.['WORKLOADS'] ?? '')
    .split(',')
    .filter((entry) => entry.trim())
    .map((entry) => {
      const [workload = '', address = ''] = entry.trim().split('=')
      return { workload, address }
    })
