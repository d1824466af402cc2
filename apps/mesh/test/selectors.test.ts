/** Which objects `-l` and `--field-selector` mean. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldSelector, labelSelector } from '../src/control/selectors.ts'

const labels = { app: 'reviews', version: 'v2', 'app.kubernetes.io/part-of': 'bookinfo', weight: '7', empty: '' }

test.each([
  ['', true],
  ['app=reviews', true],
  ['app==reviews', true],
  ['app = reviews', true],
  ['app=ratings', false],
  ['app!=ratings', true],
  ['app!=reviews', false],
  ['missing!=reviews', true],
  ['app=reviews,version=v2', true],
  ['app=reviews,version=v1', false],
  ['version', true],
  ['missing', false],
  ['!missing', true],
  ['! version', false],
  ['version in (v1, v2)', true],
  ['version in (v1,v3)', false],
  ['missing in (v1)', false],
  ['version notin (v1,v3)', true],
  ['version notin (v1, v2)', false],
  ['missing notin (v1)', true],
  ['app in (reviews,ratings),version=v2', true],
  ['app.kubernetes.io/part-of=bookinfo', true],
  ['empty=', true],
  ['weight>6', true],
  ['weight>7', false],
  ['weight<8', true],
  ['weight<7', false],
  ['version>1', false],
])('%j fits: %s', (selector, fits) => expect(labelSelector(selector)(labels)).toBe(fits))

test.each(['app in reviews', 'app in (reviews', '=reviews', 'app=a b', 'app=reviews,', 'version ? v2', '!'])(
  '%j is refused by name',
  (selector) => expect(() => labelSelector(selector)).toThrow(/^unable to parse requirement ".*" of the selector: expected KEY=VALUE/),
)

test('a list of equal labels fits what has them all', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}[a-z0-9]$/)
  const given = fc.dictionary(name, fc.constantFrom('', 'a', 'B-1.x_y'), { maxKeys: 4 })
  fc.assert(
    fc.property(given, given, (wanted, has) => {
      const selector = Object.entries(wanted)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
      const all = Object.entries(wanted).every(([key, value]) => has[key] === value)
      expect(labelSelector(selector)(has)).toBe(all)
      for (const [key, value] of Object.entries(wanted)) expect(labelSelector(`${key}!=${value}`)(has)).toBe(has[key] !== value)
    }),
  )
})

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' }, status: { phase: 'Running' } }

test.each([
  ['', true],
  ['metadata.name=a', true],
  ['metadata.name!=a', false],
  ['metadata.name=b', false],
  ['metadata.namespace==default,status.phase=Running', true],
  ['status.phase!=Running', false],
  ['status.podIP=', true],
])('the fields %j fit: %s', (selector, fits) => expect(fieldSelector(selector, 'Pod')(pod)).toBe(fits))

test('fields that no list can be chosen by are refused', () => {
  expect(() => fieldSelector('spec.x=1', 'Pod')).toThrow('field label not supported: spec.x')
  expect(() => fieldSelector('status.phase=Running', 'VirtualService')).toThrow('field label not supported: status.phase')
  expect(() => fieldSelector('metadata.name', 'Pod')).toThrow('invalid selector: "metadata.name"')
})
