/** What ratings reads from its environment, in addition to the variables of every service. Every version and fault mode is these values, never code. */
import { Type, type Static } from '@bookinfo/contracts/schema'

export const Config = Type.Object({
  SERVICE_VERSION: Type.String({
    default: 'v1',
    description: 'v1, v2 (ratings from a database) or v-faulty, v-delayed, v-unavailable, v-unhealthy',
  }),
  DB_TYPE: Type.Enum(['mongodb', 'mysql', 'sqlite'], {
    default: 'mongodb',
    description: 'mongodb or mysql (read by v2), or sqlite (any version)',
  }),
  MONGO_DB_URL: Type.String({
    default: 'mongodb://mongodb:27017/test',
    pattern: '^mongodb(\\+srv)?://.',
    writeOnly: true,
    description: 'an address such as mongodb://mongodb:27017/test',
  }),
  MYSQL_DB_HOST: Type.String({ default: 'mysqldb', pattern: '^[A-Za-z0-9._:-]+$', description: 'a host name' }),
  MYSQL_DB_PORT: Type.Integer({ default: 3306, minimum: 1, maximum: 65_535, description: 'a port from 1 to 65535' }),
  MYSQL_DB_USER: Type.String({ default: 'root', description: 'a user of the database' }),
  MYSQL_DB_PASSWORD: Type.String({ default: '', writeOnly: true, description: 'that user’s password' }),
  SQLITE_PATH: Type.String({ default: 'ratings.sqlite', description: 'the path of the database file' }),
})
export type Config = Static<typeof Config>
