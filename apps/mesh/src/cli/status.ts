/** `status`: workloads, applied objects and traffic. */
import type { appliedOf, snapshotOf, statusOf } from '../control/views.ts'
import { ask } from './client.ts'
import { age, columns } from './columns.ts'

export async function status(): Promise<number> {
  const [running, objects, { edges }] = await Promise.all([
    ask<ReturnType<typeof statusOf>>('GET', '/api/status'),
    ask<ReturnType<typeof appliedOf>['objects']>('GET', '/api/objects'),
    ask<ReturnType<typeof snapshotOf>>('GET', '/api/stats'),
  ])
  const { gateway, gatewayTls, console: consoleAddress, zipkin, startedAt, startsPods, workloads } = running
  console.log(
    `Page      ${gateway}/productpage${gatewayTls === null ? '' : `\nTLS       ${gatewayTls}`}\nConsole   ${consoleAddress}\nZipkin    ${zipkin ?? 'off'}\nUp        ${age(startedAt)}\n`,
  )
  const pods = workloads.flatMap(({ name, pods: each }) => each.map((pod) => [name, pod.name, phaseOf(pod), String(pod.restarts)]))
  console.log(columns(['WORKLOAD', 'POD', 'PHASE', 'RESTARTS'], pods))
  if (!startsPods) console.log('\nThe mesh did not start these workloads (WORKLOADS): it can neither scale nor restart nor kill them.')
  const rules = objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
  console.log(`\nRules     ${rules.join(', ') || 'none'}`)
  const flowing = edges.filter(({ rate }) => rate > 0)
  if (flowing.length === 0) return 0
  const rows = flowing.map(({ from, service, to, rate, errors, p50, p99 }) => [
    from,
    to ?? (service || '(no route)'),
    `${rate.toFixed(1)}/s`,
    `${(errors * 100).toFixed(1)} %`,
    `${p50.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
  ])
  console.log(`\n${columns(['FROM', 'TO', 'RATE', 'ERRORS', 'P50', 'P99'], rows)}`)
  return 0
}

type Pod = ReturnType<typeof statusOf>['workloads'][number]['pods'][number]

/** A pod that waits to be started, or, where others run it, to answer. */
const phaseOf = ({ phase, lastDeath }: Pod) => (phase === 'waiting' && lastDeath ? `${phase} (${lastDeath.how})` : phase)
