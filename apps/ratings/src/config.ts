/** What ratings reads from its environment, in addition to the variables of every service. Every version and fault mode is these values, never code. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'

export const Config = Type.Object({
  SERVICE_VERSION: Variable.Text({
    default: 'v1',
    description: 'see Versions',
    expected: 'v1, v2 (ratings from a database) or v-faulty, v-delayed, v-unavailable, v-unhealthy',
  }),
  DB_TYPE: Variable.OneOf(['mongodb', 'mysql', 'sqlite'], {
    default: 'mongodb',
    description: '`mongodb` or `mysql` are read by v2; `sqlite` by every version',
    expected: 'mongodb or mysql (read by v2), or sqlite (any version)',
  }),
  MONGO_DB_URL: Variable.Text({
    default: 'mongodb://mongodb:27017/test',
    pattern: String.raw`^mongodb(\+srv)?://.`,
    writeOnly: true,
    description: 'address, with user and password where it needs them',
    expected: 'an address such as mongodb://mongodb:27017/test',
  }),
  MYSQL_DB_HOST: Variable.Text({
    default: 'mysqldb',
    pattern: '^[A-Za-z0-9._:-]+$',
    description: 'host of MySQL or MariaDB',
    expected: 'a host name',
  }),
  MYSQL_DB_PORT: Variable.Port({ default: 3306, description: 'its port' }),
  MYSQL_DB_USER: Variable.Text({ default: 'root', description: 'user of the database', expected: 'a user of the database' }),
  MYSQL_DB_PASSWORD: Variable.Text({
    default: '',
    writeOnly: true,
    description: "that user's password",
    expected: 'that user’s password',
  }),
  SQLITE_PATH: Variable.Text({
    default: 'ratings.sqlite',
    description: 'path of the file, on a disk that outlives the container',
    expected: 'the path of the database file',
  }),
})
export type Config = Static<typeof Config>
