/** v2 on MySQL or MariaDB: the rows of table `ratings` (ReviewID, Rating) in database `test`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, type PoolConnection, type RowDataPacket } from 'mysql2/promise'
import { databaseError, databaseTimeout, refuseToSave, starsOfRows, type RatingStore } from './rating-store.ts'

export interface MysqlServer {
  host: string
  port: number
  user: string
  password: string
}

/** Connects with the first request, and again whenever the database comes back. */
export function mysqlStore(server: MysqlServer, limitMs = databaseTimeout): RatingStore {
  const pool = createPool({ ...server, database: 'test', connectionLimit: 10, connectTimeout: limitMs })

  async function find() {
    const connection = await connect()
    try {
      const query = { sql: 'SELECT Rating FROM ratings ORDER BY ReviewID LIMIT 2', timeout: limitMs }
      const [rows] = await connection.query<RowDataPacket[]>(query)
      connection.release()
      return rows
    } catch (error) {
      // One that did not answer in time might still do so, and to the next question.
      connection.destroy()
      const answered = 'sqlState' in (error as object) && !(error as { fatal?: boolean }).fatal
      throw databaseError(answered ? 'RATINGS_NOT_LOADED' : 'RATINGS_DATABASE_UNREACHABLE', error)
    }
  }

  /** The driver limits the time to connect, but not the time that a request waits behind others for its turn. */
  async function connect(): Promise<PoolConnection> {
    const connecting = pool.getConnection()
    const inTime = new AbortController()
    const late = sleep(limitMs, undefined, { signal: inTime.signal })
    try {
      const connection = await Promise.race([connecting, late])
      if (connection) return connection
      connecting.then(
        (unused) => unused.release(),
        () => {},
      )
      throw new Error(`no connection in ${limitMs} ms`)
    } catch (error) {
      throw databaseError('RATINGS_DATABASE_UNREACHABLE', error)
    } finally {
      late.catch(() => {})
      inTime.abort()
    }
  }

  return {
    find: async () => starsOfRows((await find()).map((row): unknown => row['Rating'])),
    save: refuseToSave,
    // Connections that were still being made fail now, which no longer matters.
    close: () => pool.end().catch(() => {}),
  }
}
