/** What pods and their proxies wrote, and what they write from now on. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import type { Replica } from '../pods/fleet.ts'
import type { LogLine } from '../pods/pod.ts'
import type { Control } from './views.ts'

/** A reader that does not read is dropped when so much waits for it (bytes). */
const mostWaiting = 1024 * 1024

/** The log of one container: the workload's own, or its proxy's access log. The gateway is all proxy. */
type Log = { proxyOf: string; pod: string | undefined; replica?: Replica } | { replica: Replica }

export const podLogs =
  (control: Control): FastifyPluginAsyncTypebox =>
  async (app) => {
    const Target = Type.Object({ pod: Type.String({ minLength: 1, maxLength: 253 }) })
    const LogQuery = Type.Object({
      container: Type.Optional(Type.String({ maxLength: 63 })),
      tail: Type.Optional(Type.Integer({ minimum: -1 })),
    })
    app.get(
      '/api/pods/:pod/logs',
      {
        schema: {
          summary: "The last lines that a pod (or a workload's first one) wrote; of its proxy's access log with container=istio-proxy",
          params: Target,
          querystring: LogQuery,
        },
      },
      async ({ params: { pod }, query: { container, tail = -1 } }, reply) => {
        const log = logNamed(control, pod, container)
        if (typeof log === 'string') return reply.code(log === 'no pod' ? 404 : 400).send({ error: missing(log, pod, container) })
        return { pod, lines: linesOf(control, log, false, tail).map(({ text }) => text) }
      },
    )

    const StreamQuery = Type.Object({
      ...LogQuery.properties,
      sinceMs: Type.Optional(Type.Integer({ minimum: 0, description: 'only lines that are not older than this' })),
      previous: Type.Optional(Type.Boolean({ description: 'of the process that ran before' })),
      follow: Type.Optional(Type.Boolean({ description: 'go on until the pod or its process ends' })),
    })
    app.get(
      '/api/pods/:pod/log-stream',
      { schema: { summary: 'The same as lines of JSON, each with its time (ms since 1970)', params: Target, querystring: StreamQuery } },
      async ({ params: { pod }, query }, reply) => {
        const { container, tail = -1, sinceMs, previous = false, follow = false } = query
        const log = logNamed(control, pod, container)
        if (typeof log === 'string') return reply.code(log === 'no pod' ? 404 : 400).send({ error: missing(log, pod, container) })
        const since = sinceMs === undefined ? 0 : Date.now() - sinceMs
        if (previous && ('proxyOf' in log || log.replica.pod.previousLog === undefined))
          return reply.code(400).send({ error: `previous terminated container "${containerOf(log)}" in pod "${pod}" not found` })
        const lines = linesOf(control, log, previous, tail).filter(({ at }) => at >= since)
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
        // Also when there is no line yet: the reader waits for the head.
        reply.raw.flushHeaders()
        for (const line of lines) reply.raw.write(`${JSON.stringify(line)}\n`)
        if (follow && !previous) goOn(control, log, reply.raw)
        else reply.raw.end()
        return undefined
      },
    )
  }

const containerOf = (log: Log) => ('proxyOf' in log ? 'istio-proxy' : log.replica.workload.app)

function logNamed({ mesh }: Control, name: string, container: string | undefined): Log | 'no pod' | 'no container' {
  if (name === mesh.gateway.caller.name)
    return container === undefined || container === 'istio-proxy' ? { proxyOf: name, pod: undefined } : 'no container'
  const replica = mesh.fleet.replicas.find(({ pod, workload }) => pod.name === name || workload.name === name)
  if (!replica) return 'no pod'
  if (container === 'istio-proxy') return { proxyOf: replica.workload.name, pod: replica.pod.name, replica }
  return container === undefined || container === replica.workload.app ? { replica } : 'no container'
}

const missing = (what: 'no pod' | 'no container', pod: string, container: string | undefined) =>
  what === 'no pod' ? `pods "${pod}" not found` : `container ${container} is not valid for pod ${pod}`

function linesOf({ accessLog }: Control, log: Log, previous: boolean, tail: number): readonly LogLine[] {
  const count = tail < 0 ? undefined : tail
  if ('proxyOf' in log) return accessLog.lines(log.proxyOf, log.pod, count)
  const lines = (previous ? log.replica.pod.previousLog : log.replica.pod.log) ?? []
  return count === undefined ? lines : count === 0 ? [] : lines.slice(-count)
}

/** Writes what comes until the process ends: `kubectl logs -f` ends with its container. */
function goOn({ mesh: { fleet }, accessLog }: Control, log: Log, response: ServerResponse) {
  const write = (line: LogLine) => {
    if (response.writableLength > mostWaiting) response.destroy()
    else response.write(`${JSON.stringify(line)}\n`)
  }
  const { replica } = log
  const ofPod = (from: Replica, line: LogLine) => from === replica && write(line)
  const ofProxy = (workload: string, pod: string | undefined, line: LogLine) => {
    if ('proxyOf' in log && workload === log.proxyOf && (pod === undefined || pod === log.pod)) write(line)
  }
  const started = replica?.pod.startedAt
  const ended = () => {
    if (!replica) return false
    const { phase, startedAt } = replica.pod
    return phase === 'stopped' || (!('proxyOf' in log) && (phase === 'waiting' || startedAt !== started))
  }
  const look = () => ended() && response.end()
  if ('proxyOf' in log) accessLog.on('line', ofProxy)
  else fleet.on('line', ofPod)
  fleet.on('change', look)
  response.on('close', () => {
    accessLog.off('line', ofProxy)
    fleet.off('line', ofPod)
    fleet.off('change', look)
  })
  look()
}
