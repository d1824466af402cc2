/** `edit`: opens objects in the user's editor, and applies the saved text. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { report, type Outcome } from './apply.ts'
import { CliError } from './cli-error.ts'
import { call, refused, type Refusal } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { asYaml } from './print/formats.ts'
import { findObjects, type FoundObject } from './found-objects.ts'

const head = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`

export async function edit(typed: Typed): Promise<number> {
  const objects = await findObjects(typed)
  for (const { runs, kind, resource, name } of objects) {
    if (runs)
      throw new CliError(
        `error: ${resource}/${name} is a running object and cannot be edited: use bookinfo scale, set env, label or rollout restart`,
      )
    if (kind === 'Secret')
      throw new CliError('error: the content of a Secret is never shown, so it cannot be edited: apply the Secret again')
  }
  const folder = mkdtempSync(join(tmpdir(), 'bookinfo-edit-'))
  let keep = false
  try {
    const file = join(folder, 'edit.yaml')
    const documents = objects.map(withoutServers)
    const original = await asYaml(documents.length === 1 ? documents[0] : { apiVersion: 'v1', items: documents, kind: 'List' })
    let [content, problems] = [original, '']
    for (;;) {
      writeFileSync(file, `${head}${problems}${content}`, { mode: 0o600 })
      await open(file)
      const saved = withoutComments(readFileSync(file, 'utf8'))
      if (saved.trim() === '') return cancelled('saved file was empty.')
      const same = sameText(saved, content) || sameText(saved, original)
      if (same && problems === '') return cancelled('no changes made.')
      if (same) {
        keep = true
        console.error(`A copy of your changes has been stored to ${JSON.stringify(file)}`)
        throw new CliError('error: Edit cancelled, no valid changes were saved.')
      }
      const failure = await save(saved, objects, typed)
      if (failure === undefined) return 0
      content = saved
      problems = `${failure.replaceAll(/^/gm, '# ')}\n#\n`
    }
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true })
  }
}

/** What a person may change: not what the server adds. */
function withoutServers({ object }: FoundObject) {
  const { status: _status, metadata, ...rest } = object
  const { creationTimestamp: _created, uid: _uid, resourceVersion: _version, generation: _generation, ...own } = metadata
  return { ...rest, metadata: own }
}

function cancelled(why: string): number {
  console.error(`Edit cancelled, ${why}`)
  return 0
}

const withoutComments = (text: string) => text.replaceAll(/^#.*(?:\n|$)/gm, '')

function sameText(one: string, other: string): boolean {
  if (one === other) return true
  try {
    return isDeepStrictEqual(parse(one), parse(other))
  } catch {
    return false
  }
}

/** Applies `text`. Returns the problem, if there is one. */
async function save(text: string, objects: readonly FoundObject[], typed: Typed): Promise<string | undefined> {
  const body = { files: [{ file: 'edit.yaml', text }], namespace: objects[0]!.namespace }
  const check = await call<Outcome & Refusal>('POST', '/api/apply', { ...body, dryRun: true })
  if (check.status >= 300) return refused(check.status, check.body).message
  const identity = (each: { plural: string; namespace: string; name: string }) => `${each.plural} ${each.namespace}/${each.name}`
  const [before, after] = [objects.map(identity).toSorted(), check.body.changes.map(identity).toSorted()]
  if (!isDeepStrictEqual(before, after)) return 'error: At least one of apiVersion, kind and name was changed'
  const { status, body: outcome } = await call<Outcome & Refusal>('POST', '/api/apply', body)
  if (status >= 300) return refused(status, outcome).message
  const changed = outcome.changes.filter(({ action }) => action !== 'unchanged')
  await report(typed, { ...outcome, changes: changed.map((each) => ({ ...each, action: 'edited' })) })
  return undefined
}

/** By KUBE_EDITOR, else EDITOR, else vi; the shell reads it, since it may have options. */
async function open(file: string) {
  const editor = process.env['KUBE_EDITOR'] || process.env['EDITOR'] || (process.platform === 'win32' ? 'notepad' : 'vi')
  const child = spawn(`${editor} ${JSON.stringify(file)}`, { shell: true, stdio: 'inherit' })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0)
    throw new CliError(
      code === 127
        ? `error: unable to launch the editor ${JSON.stringify(editor)}: name yours with EDITOR`
        : `error: there was a problem with the editor ${JSON.stringify(editor)}`,
    )
}
