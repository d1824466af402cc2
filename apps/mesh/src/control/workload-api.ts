/** What can be done to a workload: how many pods it has, new ones, other variables. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { mostReplicas } from '../pods/fleet.ts'
import { environmentProblem } from '../pods/pod-env.ts'
import type { Control } from './views.ts'

export const workloadApi =
  ({ mesh: { fleet } }: Control): FastifyPluginAsyncTypebox =>
  async (app) => {
    const Target = Type.Object({ workload: Type.String({ minLength: 1, maxLength: 253 }) })
    const missing = (name: string) => ({ error: `deployments.apps "${name}" not found` })

    const Scale = Type.Object({ replicas: Type.Integer({ minimum: 0, maximum: mostReplicas }) })
    app.put(
      '/api/workloads/:workload/scale',
      { schema: { summary: 'How many pods a workload has', params: Target, body: Scale } },
      async ({ params, body }, reply) => {
        const workload = fleet.workload(params.workload)
        if (!workload) return reply.code(404).send(missing(params.workload))
        fleet.scale(workload, body.replicas)
        return { workload: workload.name, replicas: body.replicas }
      },
    )

    app.post(
      '/api/workloads/:workload/restart',
      { schema: { summary: 'Start new pods, then end the old ones', params: Target } },
      async ({ params }, reply) => {
        const workload = fleet.workload(params.workload)
        if (!workload) return reply.code(404).send(missing(params.workload))
        void fleet.restart(workload)
        return reply.code(202).send({ workload: workload.name })
      },
    )

    app.get(
      '/api/workloads/:workload/variables',
      { schema: { summary: 'The environment variables of a workload', params: Target } },
      async ({ params }, reply) => {
        const workload = fleet.workload(params.workload)
        if (!workload) return reply.code(404).send(missing(params.workload))
        return { workload: workload.name, container: workload.app, variables: fleet.variables(workload) }
      },
    )

    const Change = Type.Object({
      set: Type.Optional(Type.Record(Type.String(), Type.String())),
      remove: Type.Optional(Type.Array(Type.String())),
      dryRun: Type.Optional(Type.Boolean()),
    })
    app.patch(
      '/api/workloads/:workload/variables',
      {
        schema: {
          summary: 'Set or remove variables of a workload, and restart its pods; dryRun only checks',
          params: Target,
          body: Change,
        },
      },
      async ({ params, body: { set = {}, remove = [], dryRun = false } }, reply) => {
        const workload = fleet.workload(params.workload)
        if (!workload) return reply.code(404).send(missing(params.workload))
        const change = new Map([...Object.entries(set), ...remove.map((name) => [name, null] as const)])
        const problem = environmentProblem(change)
        if (problem !== undefined) return reply.code(400).send({ error: problem })
        const now = fleet.variables(workload)
        const changed = Array.from(change).some(([name, value]) => (now[name] ?? null) !== value)
        if (changed && !dryRun) void fleet.setVariables(workload, change)
        return { workload: workload.name, changed }
      },
    )
  }
