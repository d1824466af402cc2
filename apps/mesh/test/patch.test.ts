/** RFC 7396 by the table of its appendix A, RFC 6902 by its own examples. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonPatch, mergePatch } from '../src/rules/patch.ts'

describe('merge patch (RFC 7396, appendix A)', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  test('a member that is called __proto__ is a member', () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"polluted":true}}')
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('JSON patch (RFC 6902, appendix A)', () => {
  test.each([
    ['an added member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    ['an added item', { foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    ['a removed member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    ['a removed item', { foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    ['a replaced value', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      'a moved value',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: {} },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { thud: 'fred' } },
    ],
    ['a moved item', { foo: [1, 2, 3, 4] }, [{ op: 'move', from: '/foo/1', path: '/foo/3' }], { foo: [1, 3, 4, 2] }],
    [
      'a test that holds',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'a nested member',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    ['escapes in order', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    ['an item at the end', { foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
    ['a copy', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('%s', (_, target, patch, result) => {
    expect(jsonPatch(target, patch)).toEqual(result)
  })

  test.each([
    [[{ op: 'test', path: '/baz', value: 'bar' }], 'operation 0: test of /baz failed: it has another value'],
    [[{ op: 'test', path: '/~01', value: '10' }], 'operation 0: test of /~01 failed: it has another value'],
    [[{ op: 'add', path: '/qux/bat', value: 'x' }], 'operation 0: /qux does not exist'],
    [[{ op: 'replace', path: '/nothing', value: 1 }], 'operation 0: /nothing does not exist'],
    [[{ op: 'remove', path: '/list/1' }], 'operation 0: /list/1 is not in the list of 1'],
    [[{ op: 'add', path: '/list/01', value: 1 }], 'operation 0: /list/01 is not in the list of 1'],
    [[{ op: 'add', path: '/list/-1', value: 1 }], 'operation 0: /list/-1 is not in the list of 1'],
    [[{ op: 'remove', path: '/list/-' }], 'operation 0: /list/- is not in the list of 1'],
    [[{ op: 'add', path: 'baz', value: 1 }], 'operation 0: path "baz": expected a JSON pointer such as /metadata/labels/app'],
    [[{ op: 'add', path: '/new' }], 'operation 0: op "add" needs a value'],
    [[{ op: 'spam', path: '/new' }], 'operation 0: op "spam": expected add, remove, replace, move, copy or test'],
    [[{ op: 'move', from: '/o', path: '/o/inside' }], 'operation 0: /o cannot move into itself'],
    [[{ op: 'remove', path: '' }], 'operation 0: the whole object cannot be removed: use delete'],
    [[{ op: 'add', path: '/baz/x', value: 1 }], 'operation 0: /baz is neither an object nor a list'],
    [{ op: 'add' }, 'expected a list of operations, such as [{"op":"replace","path":"/spec/host","value":"reviews"}]'],
  ])('%j is refused', (patch, message) => {
    expect(() => jsonPatch({ baz: 'qux', list: [1], o: {}, '~1': 10 }, patch)).toThrow(message)
  })

  test('a patch that fails half-way has changed nothing', () => {
    const target = { a: 1 }
    expect(() =>
      jsonPatch(target, [
        { op: 'remove', path: '/a' },
        { op: 'remove', path: '/b' },
      ]),
    ).toThrow('operation 1')
    expect(target).toEqual({ a: 1 })
  })
})

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<null>

test('replacing the whole gives the value, whatever was there', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      expect(jsonPatch(before, [{ op: 'replace', path: '', value: after }])).toEqual(after)
    }),
  )
})

test('a merge patch twice is the same as once', () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(target, patch)
      expect(mergePatch(once, patch)).toEqual(once)
    }),
  )
})
