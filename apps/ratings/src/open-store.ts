/** Which store a configuration asks for. Drivers are loaded where they are used, so that v1 starts fast and stays small. */
import type { Config } from './config.ts'
import { memoryStore } from './memory-store.ts'
import type { RatingStore } from './rating-store.ts'

/** `limitMs` is what a database server gets to accept a connection, and again to answer; its own limit unless given. */
export async function openStore(config: Config, limitMs?: number): Promise<RatingStore> {
  if (config.DB_TYPE === 'sqlite') return (await import('./sqlite-store.ts')).sqliteStore(config.SQLITE_PATH)
  if (config.SERVICE_VERSION !== 'v2') return memoryStore()
  if (config.DB_TYPE === 'mongodb') return (await import('./mongodb-store.ts')).mongodbStore(config.MONGO_DB_URL, limitMs)
  return (await import('./mysql-store.ts')).mysqlStore(
    {
      host: config.MYSQL_DB_HOST,
      port: config.MYSQL_DB_PORT,
      user: config.MYSQL_DB_USER,
      password: config.MYSQL_DB_PASSWORD,
    },
    limitMs,
  )
}
