/** The control API: everything that the console and the CLI do, over HTTP, only on loopback. */
import { ManifestError, type ManifestObject } from '@bookinfo/rules/manifest'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyError } from 'fastify'
import { Type } from 'typebox'
import { labelProblem } from '../pods/pod-labels.ts'
import { isOfResource, pluralResourceOf, resourceNamed } from '../rules/objects.ts'
import { SaveError } from '../rules/state-file.ts'
import type { Change, Outcome, RuleStore } from '../rules/store.ts'
import { explain } from './explain.ts'
import { libraryFiles } from './library.ts'
import { Files, objectsApi } from './objects-api.ts'
import { patchApi } from './patch-api.ts'
import { withRemedies } from './remedies.ts'
import { podLogs } from './pod-logs.ts'
import { labelSelector } from './selectors.ts'
import { windowSeconds } from './stats.ts'
import { appliedOf, describeObject, describeServed, noticesAbout, shownOf, snapshotOf, statusOf, type Control } from './views.ts'
import { workloadApi } from './workload-api.ts'

const Namespace = Type.Optional(Type.String({ pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }))
const Name = Type.String({ minLength: 1, maxLength: 253 })

export const controlApi =
  (control: Control): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { mesh, traffic, events } = control
    const { fleet, rules } = mesh

    app.removeContentTypeParser('text/plain')
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      if (error instanceof ManifestError) return reply.code(422).send({ error: error.message, problems: error.problems })
      if (error instanceof SaveError) return reply.code(507).send({ error: `nothing was changed: ${error.message}` })
      if (error.statusCode !== undefined && error.statusCode < 500) return reply.code(error.statusCode).send({ error: error.message })
      console.error(error)
      return reply.code(500).send({ error: `the mesh failed: ${error.message}` })
    })
    await app.register(objectsApi(control))
    app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: `there is no ${request.method} ${request.url}` }))

    app.get('/api/status', { schema: { summary: 'Addresses, workloads and their pods' } }, async () => statusOf(control))
    app.get('/api/stats', { schema: { summary: `Edges with rate, errors and latency of the last ${windowSeconds} s` } }, async () =>
      snapshotOf(control),
    )

    app.get(
      '/api/events',
      { schema: { summary: 'Server-sent events: status, rules and stats (each second), exchange (some requests), death' } },
      (_request, reply) => {
        reply.hijack()
        const first = [
          ['status', statusOf(control)],
          ['rules', appliedOf(control)],
          ['stats', snapshotOf(control)],
        ] as const
        if (!events.add(reply.raw, first)) reply.raw.writeHead(503).end()
      },
    )

    const Listing = Type.Object({ resource: Type.Optional(Name), namespace: Namespace, name: Type.Optional(Name) })
    app.get('/api/objects', { schema: { summary: 'Objects that are applied', querystring: Listing } }, async ({ query }) => {
      const { resource = 'all', namespace, name } = query
      return rules.objects
        .filter(
          (object) =>
            isOfResource(object, resource) &&
            (!namespace || object.namespace === '' || object.namespace === namespace) &&
            (!name || object.name === name),
        )
        .map((object) => describeServed(object, rules))
    })

    const Manifests = {
      files: Files,
      /** Of objects that name none. */
      namespace: Namespace,
      /** Refuse objects of another namespace. */
      sameNamespace: Type.Optional(Type.Boolean()),
    }
    const Apply = Type.Object({
      ...Manifests,
      dryRun: Type.Optional(Type.Boolean()),
      /** Create objects, and leave those that are there. */
      onlyNew: Type.Optional(Type.Boolean()),
      /** Only objects with these labels. */
      labelSelector: Type.Optional(Type.String({ maxLength: 4096 })),
    })
    app.post(
      '/api/apply',
      { schema: { summary: 'Apply manifests, all or nothing; dryRun only checks them', body: Apply } },
      async ({ body }) => {
        const { files, namespace = 'default', sameNamespace = false, dryRun = false, onlyNew = false } = body
        const hasLabels = labelSelector(body.labelSelector ?? '')
        const applied = rules.apply(files, { namespace, sameNamespace, dryRun, onlyNew, chosen: ({ labels }) => hasLabels(labels) })
        if (dryRun) return describeOutcome(applied)
        await mesh.settled()
        const changed = applied.changes.filter(({ action }) => action !== 'unchanged')
        const reached = changed.flatMap(({ object }) => noticesAbout(object, rules.reached))
        return describeOutcome({ ...applied, notices: [...applied.notices, ...reached], warnings: rules.warnings })
      },
    )
    const Delete = Type.Object({ ...Manifests, dryRun: Type.Optional(Type.Boolean()) })
    app.post('/api/delete', { schema: { summary: 'Delete what manifests name', body: Delete } }, async ({ body }) =>
      describeOutcome(rules.deleteFiles(body.files, body)),
    )
    const One = Type.Object({ resource: Name, namespace: Name, name: Name })
    app.delete(
      '/api/objects/:resource/:namespace/:name',
      { schema: { summary: 'Delete one object', params: One } },
      async ({ params }, reply) => {
        const { resource, namespace, name } = params
        const object = rules.objects.find(
          (each) => isOfResource(each, resource) && (each.namespace === '' || each.namespace === namespace) && each.name === name,
        )
        if (!object) return reply.code(404).send({ error: `${resourceNamed(resource) ?? resource} "${name}" not found` })
        return describeOutcome(rules.delete(object))
      },
    )

    const MeshSettings = Type.Object({ outboundTrafficPolicy: Type.Union([Type.Literal('ALLOW_ANY'), Type.Literal('REGISTRY_ONLY')]) })
    app.put('/api/mesh-config', { schema: { summary: 'Mesh-wide settings', body: MeshSettings } }, async ({ body }) => {
      rules.setMesh(body)
      return rules.mesh
    })

    app.get('/api/library', { schema: { summary: 'Ready-made rule files, and whether they are applied' } }, async () =>
      libraryFiles().map(({ objects, ...file }) => ({
        ...file,
        objects: objects.map(describeObject),
        applied: objects.length > 0 && objects.every(isInForce(rules)),
      })),
    )

    const Question = Type.Object({
      path: Type.Optional(Type.String({ maxLength: 8192 })),
      method: Type.Optional(Type.String({ pattern: '^[A-Z]{1,20}$' })),
      headers: Type.Optional(Type.Record(Type.String(), Type.String())),
      user: Type.Optional(Name),
      from: Type.Optional(Name),
      service: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })),
    })
    app.post(
      '/api/explain',
      { schema: { summary: 'Where a request goes and why, hop by hop', body: Question } },
      async ({ body }, reply) => {
        const world = { rules: rules.rules, services: mesh.services, gateway: mesh.gateway, sidecars: mesh.sidecars }
        const { path, method = 'GET', headers = {}, user, from, service } = body
        try {
          return await explain(world, { path, method, headers, user, from, service })
        } catch (error) {
          return reply.code(400).send({ error: (error as Error).message })
        }
      },
    )

    const Target = Type.Object({ pod: Name })
    app.post(
      '/api/pods/:pod/kill',
      { schema: { summary: 'Kill a pod (or all pods of a workload) as a crash would', params: Target } },
      async ({ params }, reply) => {
        const killed = fleet.replicas.filter(({ pod, workload }) => pod.name === params.pod || workload.name === params.pod)
        if (killed.length === 0) return reply.code(404).send({ error: `pods "${params.pod}" not found` })
        for (const { pod } of killed) pod.kill()
        return { killed: killed.map(({ pod }) => pod.name) }
      },
    )
    const Labels = Type.Object({
      set: Type.Optional(Type.Record(Type.String({ maxLength: 317 }), Type.String())),
      remove: Type.Optional(Type.Array(Type.String({ maxLength: 317 }))),
      overwrite: Type.Optional(Type.Boolean()),
    })
    app.patch(
      '/api/pods/:pod/labels',
      {
        schema: {
          summary: "Give a pod (or all pods of a workload) labels, or take some away; istio-locality is a pod's locality",
          params: Target,
          body: Labels,
        },
      },
      async ({ params, body: { set = {}, remove = [], overwrite = false } }, reply) => {
        const found = fleet.replicas.filter(({ pod, workload }) => pod.name === params.pod || workload.name === params.pod)
        if (found.length === 0) return reply.code(404).send({ error: `pods "${params.pod}" not found` })
        for (const { workload, labels: old } of found) {
          const taken = Object.entries(set).find(([key, value]) => (old[key] ?? value) !== value)
          const problem =
            labelProblem(set, remove, workload) ??
            (taken && !overwrite ? `'${taken[0]}' already has a value (${old[taken[0]]}), and --overwrite is false` : undefined)
          if (problem !== undefined) return reply.code(400).send({ error: problem })
        }
        for (const replica of found) fleet.label(replica, set, remove)
        return { pods: found.map(({ pod }) => pod.name) }
      },
    )
    await app.register(podLogs(control))
    await app.register(workloadApi(control))
    await app.register(patchApi(control, describeOutcome))

    const Plan = Type.Object({
      rate: Type.Number({ minimum: 0, maximum: 1000 }),
      users: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9._@-]{1,64}$' }), { minItems: 1, maxItems: 20 })),
      path: Type.Optional(Type.String({ pattern: '^/[!-~]*$', maxLength: 2048 })),
      headers: Type.Optional(
        Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String({ pattern: '^[ -~]*$', maxLength: 2048 })),
      ),
    })
    app.get('/api/traffic', { schema: { summary: 'The traffic that is sent' } }, async () => traffic.report)
    app.put('/api/traffic', { schema: { summary: 'Send requests to the page at a rate; 0 stops', body: Plan } }, async ({ body }) => {
      const { rate, users = ['anonymous'], path = '/productpage', headers = {} } = body
      traffic.start({ rate, users, path, headers })
      return traffic.report
    })
  }

const describeChange = ({ object, action }: Change) => ({
  ...describeObject(object),
  plural: pluralResourceOf(object),
  file: object.source.file,
  action,
  raw: shownOf(object),
})

const describeOutcome = ({ changes, notices, warnings }: Outcome) => ({
  changes: changes.map(describeChange),
  notices,
  warnings: withRemedies(warnings),
})

const isInForce = (rules: RuleStore) => (object: ManifestObject) => rules.has(object)
