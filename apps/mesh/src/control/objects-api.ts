/** Objects as Kubernetes shapes them, rules and what runs alike: what `get`, `describe` and `delete` ask. */
import { kindsNamed } from '@bookinfo/rules/kinds'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { pluralOf, resourceOf } from '../rules/objects.ts'
import { namesIn } from '../rules/store.ts'
import { kindList } from './kind-list.ts'
import { eventsOf, listObjects, warningsAbout } from './list-objects.ts'
import type { Control } from './views.ts'

/** Manifests that were sent. */
export const Files = Type.Array(Type.Object({ file: Type.String({ maxLength: 1024 }), text: Type.String() }), { maxItems: 500 })
const Text = Type.Optional(Type.String({ maxLength: 4096 }))
const Resource = Type.Object({ resource: Type.String({ minLength: 1, maxLength: 253 }) })
const List = Type.Object({ namespace: Text, name: Text, labelSelector: Text, fieldSelector: Text })
const One = Type.Object({ namespace: Type.Optional(Type.String()), name: Type.String({ minLength: 1, maxLength: 253 }) })
const Deletion = Type.Object({
  ...One.properties,
  graceSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 600 })),
  dryRun: Type.Optional(Type.Boolean()),
})

export const objectsApi =
  (control: Control): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/api/kinds', { schema: { summary: 'Kinds of objects, with the names that kubectl knows them by' } }, async () => kindList())

    const listing = { summary: 'Objects of a kind, chosen by name, labels or fields', params: Resource, querystring: List }
    app.get('/api/resources/:resource', { schema: listing }, async ({ params, query }, reply) => {
      if (kindsNamed(params.resource).length === 0) return reply.code(404).send({ error: unknownType(params.resource) })
      const items = listObjects(control, params.resource, query)
      return { items, warnings: warningsAbout(items, control) }
    })

    const Names = Type.Object({
      files: Files,
      namespace: Type.Optional(Type.String({ maxLength: 63 })),
      sameNamespace: Type.Optional(Type.Boolean()),
    })
    app.post('/api/names', { schema: { summary: 'The objects that manifests name', body: Names } }, async ({ body }) =>
      namesIn(body.files, body).map(({ apiVersion, kind, namespace, name }) => ({
        resource: resourceOf({ apiVersion, kind }),
        namespace,
        name,
      })),
    )

    const events = { summary: 'Events and warnings of an object', params: Resource, querystring: One }
    app.get('/api/resources/:resource/events', { schema: events }, async ({ params, query }) =>
      eventsOf(control, params.resource, query.namespace ?? 'default', query.name),
    )

    const deletion = { summary: 'Delete an object; a pod is replaced by another', params: Resource, querystring: Deletion }
    app.delete('/api/resources/:resource', { schema: deletion }, async ({ params, query }, reply) => {
      const [kind] = kindsNamed(params.resource)
      if (!kind) return reply.code(404).send({ error: unknownType(params.resource) })
      const { namespace = 'default', name, graceSeconds, dryRun = false } = query
      const [found] = listObjects(control, params.resource, { namespace, name })
      if (!found) return reply.code(404).send({ error: `${pluralOf(kind)} "${name}" not found` })
      const { fleet, rules } = control.mesh
      if (kind.kind === 'Namespace' && name === 'default')
        return reply.code(403).send({ error: 'namespaces "default" is forbidden: this namespace may not be deleted' })
      const { apiVersion } = found
      const place = kind.clusterWide ? '' : namespace
      if (rules.delete({ apiVersion, kind: kind.kind, namespace: place, name }, { dryRun }).changes[0]?.action === 'deleted')
        return { deleted: name }
      const replica = kind.kind === 'Pod' ? fleet.replicas.find(({ pod }) => pod.name === name) : undefined
      if (!replica) return reply.code(403).send({ error: `${pluralOf(kind)} "${name}" is forbidden: ${whyKept(kind.kind)}` })
      if (dryRun) return { deleted: name }
      void fleet.replace(replica, graceSeconds === undefined ? undefined : graceSeconds * 1000)
      return { deleted: name }
    })
  }

const unknownType = (word: string) => `the server doesn't have a resource type "${word}"`

/** Why something that runs cannot be deleted. */
const whyKept = (kind: string): string =>
  ({
    Pod: 'the gateway is a part of the mesh itself; end it with Ctrl-C where npm start runs',
    Deployment: 'the mesh always has its workloads; stop the pods of one with: bookinfo scale deployment NAME --replicas=0',
    Service: 'the mesh always has its services; let requests fail with a rule, or stop the pods with: bookinfo scale',
    Namespace:
      'the mesh always has its namespaces; delete what is in one with: bookinfo delete istio-io,gateway-api,secrets --all -n NAMESPACE',
  })[kind] ?? 'the mesh makes it by itself'
