/** Changes parts of an object that is applied, as `kubectl patch` does. */
import { parseManifests } from '@bookinfo/rules/parse-manifests'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { isOfResource, keyOf, resourceNamed } from '../rules/objects.ts'
import { jsonPatch, mergePatch, PatchError } from '../rules/patch.ts'
import type { Outcome } from '../rules/store.ts'
import type { Control } from './views.ts'

const Name = Type.String({ minLength: 1, maxLength: 253 })
const One = Type.Object({ resource: Name, namespace: Name, name: Name })
const Patch = Type.Object({
  type: Type.Union([Type.Literal('merge'), Type.Literal('json')]),
  patch: Type.Unknown(),
  dryRun: Type.Optional(Type.Boolean()),
})

export const patchApi =
  ({ mesh }: Control, shown: (outcome: Outcome) => object): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.patch(
      '/api/objects/:resource/:namespace/:name',
      { schema: { summary: 'Change an object by a merge patch (RFC 7396) or a JSON patch (RFC 6902)', params: One, body: Patch } },
      async ({ params: { resource, namespace, name }, body: { type, patch, dryRun = false } }, reply) => {
        const object = mesh.rules.objects.find((each) => isOfResource(each, resource) && each.namespace === namespace && each.name === name)
        if (!object) return reply.code(404).send({ error: `${resourceNamed(resource) ?? resource} "${name}" not found` })
        const text = JSON.stringify((type === 'merge' ? mergePatch : jsonPatch)(object.raw as never, patch as never))
        const [patched, ...others] = parseManifests(text, 'patch', namespace).objects
        if (patched && patched.name !== name)
          throw new PatchError(`the name of the object (${patched.name}) does not match the name on the URL (${name})`)
        if (!patched || others.length > 0 || keyOf(patched) !== keyOf(object))
          throw new PatchError('a patch changes neither the kind nor metadata.namespace')
        const outcome = mesh.rules.apply([{ file: 'patch', text }], { namespace, dryRun })
        await mesh.settled()
        return shown(outcome)
      },
    )
  }
