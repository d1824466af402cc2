/** `patch`: changes fields of an object that is applied, or how many pods a workload has. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { dryRunOf, dryRunWords, report, type Outcome } from './apply.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { findObjects, type FoundObject } from './found-objects.ts'

const types: Readonly<Record<string, string>> = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
}

export async function patch(typed: Typed): Promise<number> {
  const type = typed.text('type')!
  if (!Object.hasOwn(types, type)) throw new CliError(`error: --type must be one of [json merge strategic], not ${JSON.stringify(type)}`)
  const change = readPatch(typed)
  const dryRun = dryRunOf(typed) !== 'none'
  for (const object of await findObjects(typed)) {
    if (object.runs) {
      const action = (await scaleBy(object, type, change, dryRun)) ? 'patched' : 'patched (no change)'
      console.log(`${object.resource}/${object.name} ${action}${dryRunWords(typed)}`)
    } else await report(typed, await patchRule(object, type, change, dryRun))
  }
  return 0
}

function readPatch(typed: Typed): unknown {
  const [given, file] = [typed.text('patch'), typed.text('patch-file')]
  if ((given === undefined) === (file === undefined))
    throw new CliError('error: must specify --patch or --patch-file containing the contents of the patch')
  try {
    return parse(given ?? readFileSync(file!, 'utf8'), { prettyErrors: false })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CliError(
      code === 'ENOENT'
        ? `error: unable to read patch file: the path "${file}" does not exist`
        : `error: unable to parse ${JSON.stringify(given ?? file)}: ${message}`,
    )
  }
}

async function patchRule(
  { apiVersion, kind, plural, namespace, name }: FoundObject,
  type: string,
  change: unknown,
  dryRun: boolean,
): Promise<Outcome> {
  // As the API server says it of objects whose kinds are CRDs: it does not know how their lists are merged.
  if (type === 'strategic' && kind !== 'Secret')
    throw new CliError(
      `error: ${types[type]} is not supported by ${apiVersion}, Kind=${kind}: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json: use --type=merge`,
    )
  const path = `/api/objects/${plural}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
  const outcome = await ask<Outcome>('PATCH', path, { type: type === 'json' ? 'json' : 'merge', patch: change, dryRun })
  const words = (action: string) => (action === 'unchanged' ? 'patched (no change)' : 'patched')
  return { ...outcome, changes: outcome.changes.map((each) => ({ ...each, action: words(each.action) })) }
}

/** Of what runs one field can change by a patch: the number of a workload's pods. */
async function scaleBy({ plural, name, object }: FoundObject, type: string, change: unknown, dryRun: boolean): Promise<boolean> {
  const only =
    JSON.stringify(change).match(/^\{"spec":\{"replicas":(\d+)\}\}$/) ??
    JSON.stringify(change).match(/^\[\{"op":"(?:replace|add)","path":"\/spec\/replicas","value":(\d+)\}\]$/)
  if (plural !== 'deployments.apps' || !only)
    throw new CliError(
      `error: ${plural} "${name}" cannot be patched so: of what runs only spec.replicas of deployments changes by a patch; variables change by bookinfo set env, labels by bookinfo label`,
    )
  if ((type === 'json') !== Array.isArray(change))
    throw new CliError(`error: a patch of --type=${type} is ${type === 'json' ? 'a list of operations' : 'an object'}`)
  const replicas = Number(only[1])
  if (!dryRun) await ask('PUT', `/api/workloads/${encodeURIComponent(name)}/scale`, { replicas })
  return (object['spec'] as { replicas?: number } | undefined)?.replicas !== replicas
}
