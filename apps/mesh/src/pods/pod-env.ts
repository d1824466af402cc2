/** Variables that a workload is given while the mesh runs, as `kubectl set env` changes a Deployment. */
import type { Workload } from '../topology.ts'

/** What `set env` did to a workload: variables with a value, and those that were taken away. */
export type EnvironmentChange = ReadonlyMap<string, string | null>

const name = /^[A-Za-z_][A-Za-z0-9_]*$/
const mostVariables = 100
/** Longest value (characters); the system has a limit for all of them together. */
const longestValue = 32_768

/** By these the mesh wires its pods. */
const ofTheMesh =
  /^(HOST|PORT|GRPC_PORT|PROBE_TCP_PORT|PROBE_TLS_PORT|HOSTNAME|SERVICES_DOMAIN|(DETAILS|REVIEWS|RATINGS)_(HOSTNAME|SERVICE_PORT|GRPC_PORT)|OUTBOUND_KEEPALIVE|DRAIN_DELAY_MS|SESSION_SECRET|BOOKINFO_PROBE|BOOKINFO_PROBE_DETOURS|BOOKINFO_PROBE_TUNNEL|OTEL_TRACES_(EXPORTER|SAMPLER)|OTEL_EXPORTER_ZIPKIN_ENDPOINT)$/
/** Node, OpenSSL and the loader would run code that such a variable names, and the control API starts no code but the workloads'. */
const ofTheRuntime = /^(NODE|LD|DYLD|OPENSSL|SSL|GCONV|GLIBC|MALLOC|UV)_|^(SSLKEYLOGFILE|PATH|LOCPATH|GETCONF_DIR)$/i

/** What is wrong with a change of a workload's variables. */
export function environmentProblem(change: EnvironmentChange): string | undefined {
  if (change.size > mostVariables) return `${change.size} variables at once: at most ${mostVariables}`
  for (const [key, value] of change) {
    if (!name.test(key)) return `${JSON.stringify(key)} is not a valid environment variable name: expected letters, digits and _`
    if (ofTheMesh.test(key)) return `${key} is set by the mesh itself, which connects the pods by it: give it to npm start`
    if (ofTheRuntime.test(key)) return `${key} is read by Node or the system before the workload starts: give it to npm start`
    if (value?.includes('\0')) return `the value of ${key} has a NUL character, which no environment can hold`
    if (value !== null && value.length > longestValue) return `the value of ${key} is longer than ${longestValue} characters`
  }
  return undefined
}

/** The current variables of a workload: those of its version, changed by `set env`. */
export function variablesOf({ env }: Workload, change: EnvironmentChange): Record<string, string> {
  const given = Object.entries(env).filter(([key]) => !change.has(key))
  const set = Array.from(change).filter((entry): entry is [string, string] => entry[1] !== null)
  return Object.fromEntries([...given, ...set])
}
