/** The runner, on a mesh that is a few lines of memory: what it applies it removes, whatever happens. */
import { expect, test } from 'vitest'
import type { Case } from '../src/catalog.ts'
import type { CheckDefinition } from '../src/check.ts'
import { fact } from '../src/checkers.ts'
import { run } from '../src/run.ts'
import { Refused, Unsupported, type Target } from '../src/targets/target.ts'

function memoryTarget(changes: Partial<Target> = {}) {
  const rules = new Set<string>()
  const target: Target = {
    name: 'local',
    namespace: 'default',
    versions: {},
    lacks: {},
    gateway: '',
    settleMs: 0,
    apply: async (text) => void rules.add(text),
    remove: async (text) => void rules.delete(text),
    pods: async () => [],
    close: async () => undefined,
    ...changes,
  }
  return { target, rules }
}

const named = (name: string, keys: string[], definition: Partial<CheckDefinition>): Case => ({
  name,
  check: name,
  profile: 'istio',
  file: 'weights-50-50.yaml',
  keys,
  definition: { title: name, features: ['Test'], run: async ({ note }) => note('it', fact('well', 'well', true)), ...definition },
})

function start(cases: Case[], target: Target, signal = new AbortController().signal) {
  return run(cases, [target], { plans: new Map(), seed: 1, parallel: 4, signal, onResult: () => undefined })
}

/** Long enough for others to come in between, if they could; a test that needs them to waits for them instead. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 10))

test('what a check applied is there while it runs, and gone after it', async () => {
  const { target, rules } = memoryTarget()
  let during = 0
  const definition = {
    run: async ({ note }) => note('it', fact('', String((during = rules.size)), true)),
  } satisfies Partial<CheckDefinition>
  const [result] = await start([named('a', ['x'], definition)], target)
  expect([result?.outcome, during, rules.size]).toEqual(['passed', 1, 0])
})

test('a check without rules waits until those of the check before it hold no longer', async () => {
  const removed: number[] = []
  const { target } = memoryTarget({ settleMs: 100, remove: async () => void removed.push(performance.now()) })
  let began = 0
  const definition = {
    run: async ({ note }) => {
      began = performance.now()
      note('it', fact('', '', true))
    },
  } satisfies Partial<CheckDefinition>
  const without = { ...named('b', ['x'], definition), file: undefined }
  // In the order that the seed of these tests gives.
  await start([named('a', ['x'], {}), without], target)
  expect(began - removed[0]!).toBeGreaterThan(95)
})

test('a check that throws has failed, with its words, and its rules are gone', async () => {
  const { target, rules } = memoryTarget()
  const [result] = await start([named('a', ['x'], { run: () => Promise.reject(new Error('broken')) })], target)
  expect(result).toMatchObject({ outcome: 'failed', reason: 'broken' })
  expect(rules.size).toBe(0)
})

test('a check that looks at nothing has failed', async () => {
  const [result] = await start([named('a', ['x'], { run: async () => undefined })], memoryTarget().target)
  expect(result).toMatchObject({ outcome: 'failed', reason: 'nothing was observed' })
})

test('one wrong finding among right ones fails the check', async () => {
  const definition: Partial<CheckDefinition> = {
    run: async ({ note }) => {
      note('first', fact('a', 'b', false))
      note('second', fact('a', 'a', true))
    },
  }
  expect((await start([named('a', ['x'], definition)], memoryTarget().target))[0]?.outcome).toBe('failed')
})

test('rules that the mesh says it does not implement make a check unsupported; other refusals fail it', async () => {
  const unsupported = memoryTarget({ apply: () => Promise.reject(new Unsupported('no such field')) })
  expect((await start([named('a', ['x'], {})], unsupported.target))[0]).toMatchObject({ outcome: 'unsupported', reason: 'no such field' })
  const refused = memoryTarget({ apply: () => Promise.reject(new Refused('nonsense')) })
  expect((await start([named('a', ['x'], {})], refused.target))[0]).toMatchObject({ outcome: 'failed', reason: 'nonsense' })
})

test('a lack of the target makes a check unsupported without running it', async () => {
  const definition: Partial<CheckDefinition> = { needs: ['zipkin'], run: () => Promise.reject(new Error('was run')) }
  const { target } = memoryTarget({ lacks: { zipkin: 'no traces here' } })
  expect((await start([named('a', ['x'], definition)], target))[0]).toMatchObject({ outcome: 'unsupported', reason: 'no traces here' })
})

test('checks that share a key never run at once, others do', async () => {
  let [now, most] = [0, 0]
  const together = Promise.withResolvers<void>()
  const keysNow = new Set<string>()
  const definition = (key: string): Partial<CheckDefinition> => ({
    run: async ({ note }) => {
      expect(keysNow.has(key)).toBe(false)
      keysNow.add(key)
      most = Math.max(most, ++now)
      if (now === 3) together.resolve()
      await together.promise
      await aWhile()
      now--
      keysNow.delete(key)
      note('it', fact('', '', true))
    },
  })
  const cases = ['x', 'x', 'y', 'y', 'z'].map((key, i) => named(`${key}${i}`, [key], definition(key)))
  const results = await start(cases, memoryTarget().target)
  expect(results.map(({ outcome }) => outcome)).toEqual(cases.map(() => 'passed'))
  expect(most).toBe(3)
})

test('several places of one mesh run checks of the same key at once, but for its gateway', async () => {
  const now: Record<string, number> = {}
  const most: Record<string, number> = {}
  const together = Promise.withResolvers<void>()
  const definition = (key: string): Partial<CheckDefinition> => ({
    run: async ({ note }) => {
      now[key] = (now[key] ?? 0) + 1
      most[key] = Math.max(most[key] ?? 0, now[key])
      if (now['x'] === 2) together.resolve()
      if (key === 'x') await together.promise
      await aWhile()
      now[key]--
      note('it', fact('', '', true))
    },
  })
  const cases = ['x', 'x', 'x', 'gateway', 'gateway', 'gateway'].map((key, i) => named(`${key}${i}`, [key], definition(key)))
  const [first, second] = [memoryTarget(), memoryTarget()]
  const options = { plans: new Map(), seed: 1, parallel: 4, signal: new AbortController().signal, onResult: () => undefined }
  const results = await run(cases, [first.target, second.target], options)
  expect(results.map(({ outcome }) => outcome)).toEqual(cases.map(() => 'passed'))
  expect(most).toEqual({ x: 2, gateway: 1 })
  expect([first.rules.size, second.rules.size]).toEqual([0, 0])
})

test('an exclusive check runs without others', async () => {
  let now = 0
  const definition: Partial<CheckDefinition> = {
    run: async ({ note }) => {
      now++
      await aWhile()
      note('others', fact('none', String(now - 1), now === 1))
      now--
    },
  }
  const cases = [named('all', ['*'], definition), named('a', ['x'], { run: definition.run! }), named('b', ['*'], definition)]
  expect((await start(cases, memoryTarget().target)).map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed'])
})

test('after an abort nothing more is begun, and everything is removed', async () => {
  const { target, rules } = memoryTarget()
  const stop = new AbortController()
  const definition: Partial<CheckDefinition> = {
    run: () => {
      stop.abort()
      return new Promise(() => undefined)
    },
  }
  const results = await start([named('a', ['x'], definition), named('b', ['x'], definition)], target, stop.signal)
  expect(results).toEqual([])
  expect(rules.size).toBe(0)
})

test('a check that goes on applying after it was stopped leaves nothing behind', async () => {
  const stop = new AbortController()
  const { target, rules } = memoryTarget({
    apply: async (text) => {
      await aWhile()
      rules.add(text)
    },
  })
  let still: Promise<unknown> = Promise.resolve()
  const definition: Partial<CheckDefinition> = {
    run: async ({ apply }) => {
      still = apply('weights-10-90.yaml')
        .then(() => apply('weights-20-80.yaml'))
        .catch(() => undefined)
      stop.abort()
      await still
    },
  }
  await start([named('a', ['x'], definition)], target, stop.signal)
  await still
  expect(rules.size).toBe(0)
})

test('rules that could not be removed at once are removed at the end', async () => {
  let refusals = 1
  const { target, rules } = memoryTarget()
  target.remove = async (text) => {
    if (refusals-- > 0) throw new Error('busy')
    rules.delete(text)
  }
  await start([named('a', ['x'], {})], target)
  expect(rules.size).toBe(0)
})
