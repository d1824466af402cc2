/** What a file may say and only a server knows: it says nothing to the mesh. */
const serverOwned = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink', 'deletionTimestamp'])

/** An object without what only a server knows; a status that came in a file is dropped for the same reason. */
export const written = ({ status: _status, ...raw }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...raw,
  metadata: Object.fromEntries(Object.entries(raw['metadata'] as object).filter(([name]) => !serverOwned.has(name))),
})
