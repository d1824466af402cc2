/** Patches of objects: a JSON merge patch (RFC 7396) and a JSON patch (RFC 6902). */

/** A patch that cannot be used; the message says which part of it, and why. */
export class PatchError extends Error {
  readonly statusCode = 422
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `target` with what `patch` says: objects are merged, null takes a member away, all else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

/** `target` after the operations of `patch`, all or none. @throws PatchError */
export function jsonPatch(target: Json, patch: Json): Json {
  if (!Array.isArray(patch))
    throw new PatchError('expected a list of operations, such as [{"op":"replace","path":"/spec/host","value":"reviews"}]')
  let result = structuredClone(target)
  for (const [index, operation] of patch.entries()) {
    try {
      result = operate(result, operation)
    } catch (error) {
      throw error instanceof PatchError ? new PatchError(`operation ${index}: ${error.message}`) : error
    }
  }
  return result
}

function operate(target: Json, operation: Json): Json {
  if (!isObject(operation)) throw new PatchError('expected an object with op and path')
  const { op } = operation
  const path = pointer(operation, 'path')
  if (op === 'add') return put(target, path, valueOf(operation), true)
  if (op === 'remove') return without(target, path)
  if (op === 'replace') {
    find(target, path)
    return put(target, path, valueOf(operation), false)
  }
  if (op === 'test') {
    if (!equal(find(target, path), valueOf(operation))) throw new PatchError(`test of ${shown(path)} failed: it has another value`)
    return target
  }
  if (op !== 'move' && op !== 'copy') throw new PatchError(`op ${JSON.stringify(op)}: expected add, remove, replace, move, copy or test`)
  const from = pointer(operation, 'from')
  const value = structuredClone(find(target, from))
  if (op === 'copy') return put(target, path, value, true)
  if (path.length > from.length && from.every((part, i) => part === path[i])) throw new PatchError(`${shown(from)} cannot move into itself`)
  return put(without(target, from), path, value, true)
}

const shown = (path: readonly string[]) =>
  path.length === 0 ? 'the whole object' : path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function pointer(operation: { [key: string]: Json }, member: 'path' | 'from'): string[] {
  const text = operation[member]
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')) || /~(?![01])/.test(text))
    throw new PatchError(`${member} ${JSON.stringify(text ?? null)}: expected a JSON pointer such as /metadata/labels/app`)
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueOf(operation: { [key: string]: Json }): Json {
  if (!Object.hasOwn(operation, 'value')) throw new PatchError(`op ${JSON.stringify(operation['op'])} needs a value`)
  return operation['value']!
}

/** Index in `list` that a pointer's part means; `end` lets it be the place after the last. */
function indexIn(list: readonly Json[], part: string, path: readonly string[], end: boolean): number {
  if (end && part === '-') return list.length
  const index = /^(0|[1-9]\d*)$/.test(part) ? Number(part) : NaN
  if (!(index < list.length + (end ? 1 : 0))) throw new PatchError(`${shown(path)} is not in the list of ${list.length}`)
  return index
}

function find(target: Json, path: readonly string[]): Json {
  let value = target
  for (const [depth, part] of path.entries()) {
    const here = path.slice(0, depth + 1)
    if (Array.isArray(value)) value = value[indexIn(value, part, here, false)]!
    else if (isObject(value) && Object.hasOwn(value, part)) value = value[part]!
    else throw new PatchError(`${shown(here)} does not exist`)
  }
  return value
}

/** `target`, which is changed, with `value` at `path`; `insert` puts it between the items of a list. */
function put(target: Json, path: readonly string[], value: Json, insert: boolean): Json {
  const last = path.at(-1)
  if (last === undefined) return value
  const parent = find(target, path.slice(0, -1))
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, path, insert), insert ? 0 : 1, value)
  else if (isObject(parent)) Object.defineProperty(parent, last, { value, enumerable: true, writable: true, configurable: true })
  else throw new PatchError(`${shown(path.slice(0, -1))} is neither an object nor a list`)
  return target
}

function without(target: Json, path: readonly string[]): Json {
  const last = path.at(-1)
  if (last === undefined) throw new PatchError('the whole object cannot be removed: use delete')
  find(target, path)
  const parent = find(target, path.slice(0, -1))
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else if (isObject(parent)) delete parent[last]
  return target
}

/** By RFC 6902 4.6: the order of an object's members says nothing. */
function equal(a: Json, b: Json): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]!))
  if (!isObject(a)) return a === b
  if (!isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key]!, b[key]!))
}
