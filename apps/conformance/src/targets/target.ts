/** What the suite asks of a mesh: apply and remove files, reach the workloads' probes, send through the gateway. */
import type { Capability } from '../check.ts'

export interface Pod {
  name: string
  /** `reviews` */
  app: string
  /** `v2` */
  version: string
  /** Its direct address, around the mesh: `http://127.0.0.1:40001`. */
  url: string
  /** Sent with every request there. */
  headers?: Record<string, string>
}

export interface Target {
  name: 'local' | 'kube' | 'url'
  /** Names and versions, for the report. */
  versions: Readonly<Record<string, string>>
  /** What it cannot do, with the reason. */
  lacks: Readonly<Partial<Record<Capability, string>>>
  /** That the application is in. */
  namespace: string
  /** Base address of the gateway. */
  gateway: string
  /** Where the gateway speaks TLS; rules that ask for it are applied then. Every connection asks. */
  gatewayTls?(): Promise<string>
  /** Base address of a Zipkin API. */
  zipkin?: string
  /** Milliseconds from an applied rule to its effect. */
  settleMs: number
  /** @throws Unsupported when the mesh says that it does not implement what the rules ask for */
  apply(rules: string): Promise<void>
  remove(rules: string): Promise<void>
  /** Pods that are ready. */
  pods(): Promise<Pod[]>
  /** Lines of a workload's proxy that contain `text`. */
  accessLog?(pod: Pod, text: string): Promise<string[]>
  close(): Promise<void>
}

/** The mesh took nothing of the rules. */
export class Refused extends Error {}

/** The mesh refuses a rule because it does not implement it, and says so. */
export class Unsupported extends Refused {}

/** Something stands in the way of a run; the message says what to do. */
export class SetupError extends Error {}
