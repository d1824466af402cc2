/** Only undici's pool. The package's main entry loads fetch, WebSocket, caches and mocks too: 80 files that no service uses to call its neighbours. */
import type { Pool as UndiciPool } from 'undici'
// @ts-expect-error The package has types only for its main entry.
import untyped from 'undici/lib/dispatcher/pool.js'

export const Pool: typeof UndiciPool = untyped
export type Pool = UndiciPool
