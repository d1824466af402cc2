/** Which variables `set env` takes. */
import { expect, test } from 'vitest'
import { environmentProblem } from '../src/pods/pod-env.ts'

test.each(['STAR_COLOR', 'SERVICE_VERSION', 'LOG_LEVEL', 'FLOOD_FACTOR', 'DROP_HEADERS', 'MYSQL_DB_HOST', '_x', 'lower'])(
  '%s is taken',
  (name) => {
    expect(environmentProblem(new Map([[name, 'x']]))).toBeUndefined()
    expect(environmentProblem(new Map([[name, null]]))).toBeUndefined()
  },
)

test.each([
  ['PORT', 'is set by the mesh itself'],
  ['HOSTNAME', 'is set by the mesh itself'],
  ['RATINGS_SERVICE_PORT', 'is set by the mesh itself'],
  ['REVIEWS_HOSTNAME', 'is set by the mesh itself'],
  ['SESSION_SECRET', 'is set by the mesh itself'],
  ['OTEL_TRACES_EXPORTER', 'is set by the mesh itself'],
  ['NODE_OPTIONS', 'is read by Node or the system'],
  ['node_options', 'is read by Node or the system'],
  ['NODE_COMPILE_CACHE', 'is read by Node or the system'],
  ['LD_PRELOAD', 'is read by Node or the system'],
  ['DYLD_INSERT_LIBRARIES', 'is read by Node or the system'],
  ['OPENSSL_CONF', 'is read by Node or the system'],
  ['PATH', 'is read by Node or the system'],
  ['1X', 'is not a valid environment variable name'],
  ['A B', 'is not a valid environment variable name'],
  ['', 'is not a valid environment variable name'],
])('%s is refused: it %s', (name, why) => {
  expect(environmentProblem(new Map([[name, 'x']]))).toContain(why)
  expect(environmentProblem(new Map([[name, null]]))).toContain(why)
})

test('a value with a NUL character, and one without end, are refused', () => {
  expect(environmentProblem(new Map([['A', 'x\0y']]))).toContain('NUL')
  expect(environmentProblem(new Map([['A', 'x'.repeat(40_000)]]))).toContain('longer than')
})
