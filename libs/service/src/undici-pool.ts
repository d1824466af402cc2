/** Undici's pool alone. The package's own entry loads fetch, WebSocket, caches and mocks too: 80 files that no service uses to call its neighbours. */
import type { Pool as UndiciPool } from 'undici'
// @ts-expect-error The package has types for its entry alone.
import untyped from 'undici/lib/dispatcher/pool.js'

export const Pool: typeof UndiciPool = untyped
export type Pool = UndiciPool
