/** JSON Web Key Sets as text. */

/** Whether `text` is one: `{"keys": […]}`. */
export const isKeySet = (text: string): boolean => {
  try {
    const parsed: unknown = JSON.parse(text)
    const keys = typeof parsed === 'object' && parsed !== null ? (parsed as { keys?: unknown }).keys : undefined
    return Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null)
  } catch {
    return false
  }
}

/** Key sets that were fetched, by their `jwksUri`. */
export type FetchedKeys = ReadonlyMap<string, string>
