/** JSON objects of plain values, with their names as they were written. */

/**
 * `JSON.parse` of a text, except that an object inside an object may become `undefined`.
 * V8 may take a name with an escape for another one that it saw before: `{"a":1,"\""…` is read as `{"a":1,"\\"…`
 * (https://github.com/nodejs/node/issues/63785). In arrays it makes no such mistake.
 * @throws SyntaxError
 */
export function parseFlatObject(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const inner = text.includes('\\') ? /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] : undefined
  if (inner === undefined) return value
  const list = inner.replace(/("(?:[^"\\]|\\.)*")(\s*:)?/gs, (_match, string: string, colon?: string) => (colon ? `${string},` : string))
  return objectOf(list)
}

function objectOf(list: string): unknown {
  try {
    const items = JSON.parse(`[${list}]`) as unknown[]
    return Object.fromEntries(Array.from({ length: items.length / 2 }, (_, pair) => [items[2 * pair], items[2 * pair + 1]]))
  } catch {
    return undefined
  }
}
