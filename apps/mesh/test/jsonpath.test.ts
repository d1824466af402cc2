/** kubectl's JSONPath. What is expected was printed by kubectl 1.32 itself: `kubectl label --local -f pod.yaml zz=1 -o jsonpath=TEMPLATE`. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRelaxedPath, parseTemplate, TemplateError } from '../src/cli/print/jsonpath-parser.ts'
import { ExecutionError, fill } from '../src/cli/print/jsonpath.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { labels: { app: 'x', 'app.kubernetes.io/name': 'why', zz: '1' }, name: 'p', namespace: 'd' },
  spec: {
    containers: [
      {
        image: 'i',
        name: 'a',
        ports: [
          { containerPort: 80, name: 'http' },
          { containerPort: 81, name: 'h2' },
        ],
      },
      { image: 'j', name: 'b' },
    ],
    hostNetwork: true,
  },
}

test.each([
  ['.metadata.name', '.metadata.name'],
  ['x{.metadata.name}y', 'xpy'],
  ['{.metadata.labels}', '{"app":"x","app.kubernetes.io/name":"why","zz":"1"}'],
  ['{.metadata.labels.app\\.kubernetes\\.io/name}', 'why'],
  ["{.metadata.labels['app']}", 'x'],
  ["{.metadata.labels['app\\.kubernetes\\.io/name']}", 'why'],
  ['{.spec.containers[*].name}', 'a b'],
  ['{.spec.containers[0,1].name}', 'a b'],
  ['{.spec.containers[-1].name}', 'b'],
  ['{.spec.containers[-1:].name}', 'b'],
  ['{.spec.containers[0:1].name}', 'a'],
  ['{..name}', 'p a http h2 b'],
  ['{.spec.containers[?(@.name=="b")].image}', 'j'],
  ["{.spec.containers[?(@.name=='b')].image}", 'j'],
  ['{.spec.containers[?(@.ports)].name}', 'a'],
  ['{range .spec.containers[*]}{.name}{"\\t"}{.image}{"\\n"}{end}', 'a\ti\nb\tj\n'],
  ['{range .spec.containers[*]}{.name}:{range .ports[*]}{.containerPort},{end}{end}', 'a:80,81,b:'],
  ['{.nope}', ''],
  ['{.spec.hostNetwork}', 'true'],
  ['{.spec.containers[*].ports[?(@.containerPort>80)].name}', 'h2'],
  ['{@.metadata.name}', 'p'],
  ['{$.metadata.name}', 'p'],
  ["{.metadata['name','namespace']}", 'p d'],
  [
    '{.spec.containers}',
    '[{"image":"i","name":"a","ports":[{"containerPort":80,"name":"http"},{"containerPort":81,"name":"h2"}]},{"image":"j","name":"b"}]',
  ],
  ['{"a"} {.metadata.name}', 'a p'],
  ["{'a\\n'}", 'a\n'],
  ['{.spec.containers[?(@.name!="b")].image}', 'i'],
  ['{range .spec.containers[*]}{.name}', 'ab'],
  [
    '{.spec.containers[?(@.name)]}',
    '{"image":"i","name":"a","ports":[{"containerPort":80,"name":"http"},{"containerPort":81,"name":"h2"}]} {"image":"j","name":"b"}',
  ],
  ['{.metadata.name.foo}', ''],
  ['{.status}', ''],
  ['{.spec.containers.name}', ''],
  ['{.metadata .name}', 'p'],
  ['{true}', 'true'],
  ['{3}', '3'],
  ['{.spec.containers[?(@.ports[0].containerPort==80)].name}', 'a'],
  ['{.spec.containers[?(@.name=="a")]..containerPort}', '80 81'],
  ['{.spec.containers[0:2:1].name}', 'a b'],
  ['{.spec.containers[:1].name}', 'a'],
  ['{.spec.containers[0:0].name}', ''],
  ['}', '}'],
  ['{.metadata.labels.app}{.metadata.creationTimestamp}|', 'x|'],
  ['{.spec.containers[?(@.image=="i")].ports[0].containerPort}', '80'],
  ['{..containers[0].name}', 'a'],
  ['{range .metadata.labels}{.}{end}', ''],
  ['{range .spec.containers[?(@.name=="a")]}{@.image}{end}', 'i'],
  ['{.spec.containers[?("a"==@.name)].image}', 'i'],
  ["{.spec['containers'][0]['name']}", 'a'],
  ['{.metadata.labels.app\\.x}', ''],
  ['{.spec.containers[?(@.name<"b")].name}', 'a'],
  ['{.spec.containers[?(@.nope=="b")].name}', ''],
  ['{"it\'s"}{\'say "x"\'}', 'it\'ssay "x"'],
  ['{"a\\"b"}', 'a"b'],
  ['{range .spec.containers[*]}{range .ports[*]}{.name}{end}|{end}', 'httph2||'],
  ["{.spec.containers[*]['name','image']}", 'a b i j'],
  ['{.spec.containers[::2].name}', 'a'],
  ['{.spec.containers[*].ports[*].containerPort}', '80 81'],
  ['{.spec.containers[*].ports}', '[{"containerPort":80,"name":"http"},{"containerPort":81,"name":"h2"}]'],
  ['{..ports[?(@.name=="h2")].containerPort}', '81'],
  ['{.metadata}{.spec.hostNetwork}', '{"labels":{"app":"x","app.kubernetes.io/name":"why","zz":"1"},"name":"p","namespace":"d"}true'],
  ['{.metadata.name}{"\\u00e9"}', 'pé'],
  ['{-3}', '-3'],
  ['{.spec.hostNetwork}{false}', 'truefalse'],
  ['{1.5}', '1.5'],
  ['{range .spec.containers[*]}{end}x', 'x'],
  ['{.items[*].metadata.name}', ''],
  ['{.items}', ''],
  ['{ .metadata.name }', 'p'],
  ['{.spec..name}', 'a http h2 b'],
  ['{.spec.containers[?( @.name == "a" )].name}', 'a'],
  ['{.}', ''],
  ['{$..containerPort}', '80 81'],
  ['{.metadata.name}/{.metadata.namespace}', 'p/d'],
])('%s', (template, printed) => expect(fill(parseTemplate(template), pod)).toBe(printed))

test.each([
  ['{.spec.containers[5].name}', 'array index out of bounds: index 5, length 2'],
  ['{.metadata.name', 'error parsing jsonpath {.metadata.name, unclosed action'],
  ['{foo}', 'unrecognized identifier foo'],
  [
    '{.spec.containers[?(@.name=="a" && @.image=="i")].image}',
    'error parsing jsonpath {.spec.containers[?(@.name=="a" && @.image=="i")].image}, unrecognized character in action: U+0026 \'&\'',
  ],
  ['{.spec.containers[*].image[0]}', 'string is not array or slice'],
  ['{.metadata.name}{end}', 'not in range, nothing to end'],
  ['{.spec.containers[a].name}', 'error parsing jsonpath {.spec.containers[a].name}, invalid array index a'],
  ['{[0]}', 'map[string]interface {} is not array or slice'],
  [
    '{.metadata.name,.metadata.namespace}',
    "error parsing jsonpath {.metadata.name,.metadata.namespace}, unrecognized character in action: U+002C ','",
  ],
  ['{.spec.containers[1:0].name}', 'starting index 1 is greater than ending index 0'],
  ['{.metadata.labels[app]}', 'error parsing jsonpath {.metadata.labels[app]}, invalid array index app'],
  ['{.spec.containers[?(@.name=="a"].image}', 'error parsing jsonpath {.spec.containers[?(@.name=="a"].image}, unterminated filter'],
  ['{{.a}}', "error parsing jsonpath {{.a}}, unrecognized character in action: U+007B '{'"],
  ['{.spec.containers[?(@.name==a)].image}', 'unrecognized identifier a'],
  ['{.spec.containers[?(@.ports[0].containerPort==80.0)].name}', 'incompatible types for comparison'],
  ['{.spec.containers[?(@.ports[*].containerPort==80)].name}', 'can only compare one element at a time'],
  [
    '{.spec.containers[?(@.name=="a"||"b")].name}',
    'error parsing jsonpath {.spec.containers[?(@.name=="a"||"b")].name}, unrecognized character in action: U+007C \'|\'',
  ],
  ['{.spec["containers"][0].name}', 'error parsing jsonpath {.spec["containers"][0].name}, invalid array index "containers"'],
  ['{.spec.containers[?(@.name<=3)].name}', 'incompatible types for comparison'],
  [
    '{.spec.containers[?(@.name=~"b")].name}',
    'error parsing jsonpath {.spec.containers[?(@.name=~"b")].name}, unrecognized character in action: U+007E \'~\'',
  ],
  ['{.spec.containers[0:9].name}', 'array index out of bounds: index 8, length 2'],
  ['{.spec.containers[-5:1].name}', 'array index out of bounds: index -3, length 2'],
  ['{.spec.containers[-5].name}', 'array index out of bounds: index -3, length 2'],
  ['{.spec.containers[?(@.name==true)].name}', 'incompatible types for comparison'],
  ['{.metadata["name"]}', 'error parsing jsonpath {.metadata["name"]}, invalid array index "name"'],
  [
    '{.spec.containers[?(@.name in ["a"])].name}',
    'error parsing jsonpath {.spec.containers[?(@.name in ["a"])].name}, invalid array index "a"',
  ],
  ['{"\\x"}', 'error parsing jsonpath {"\\x"}, unquote string "\\x" error invalid syntax'],
  ['{.spec.containers[ 0 ].name}', 'error parsing jsonpath {.spec.containers[ 0 ].name}, invalid array index  0'],
  ['{.spec.containers[?(@.ports[0].containerPort>79.5)].name}', 'incompatible types for comparison'],
])('%s is refused', (template, message) => expect(() => fill(parseTemplate(template), pod)).toThrow(message))

test('a field that is missing is an error where it is asked to be', () => {
  expect(() => fill(parseTemplate('{.metadata.nope}'), pod, true)).toThrow('nope is not found')
  expect(fill(parseTemplate('{.metadata.name}'), pod, true)).toBe('p')
})

test.each([
  ['.metadata.name', 'p'],
  ['metadata.name', 'p'],
  ['{.metadata.name}', 'p'],
  ['{metadata.name}', 'p'],
  ['.spec.containers[1].name', 'b'],
])('a single path may leave out braces and the first dot: %s', (path, value) => expect(fill(parseRelaxedPath(path), pod)).toBe(value))

/** Names as labels and fields have them, written so that a template reads them as one. */
const field = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9./_-]{0,8}$/)
const escaped = (name: string) => name.replaceAll('.', String.raw`\.`)
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean())

test('every value is found by its path, dotted or in brackets', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(field, fc.nat(5)), { minLength: 1, maxLength: 5 }), leaf, fc.boolean(), (steps, value, brackets) => {
      const object = steps.reduceRight<unknown>(
        (inside, step) => (typeof step === 'number' ? [...Array.from({ length: step }, () => null), inside] : { other: 1, [step]: inside }),
        value,
      )
      const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : brackets ? `['${escaped(step)}']` : `.${escaped(step)}`))
      expect(fill(parseTemplate(`{${path.join('')}}`), object)).toBe(String(value))
    }),
  )
})

test('a filter keeps what a loop over all of them would', () => {
  const items = fc.array(fc.record({ name: fc.constantFrom('a', 'b', "it's"), n: fc.nat(9) }))
  fc.assert(
    fc.property(items, fc.constantFrom('a', 'b', 'c'), fc.nat(9), (list, name, n) => {
      const named = list.filter((each) => each.name === name).map((each) => each.n)
      const few = list.filter((each) => each.n < n).map((each) => each.name)
      expect(fill(parseTemplate(`{.l[?(@.name=="${name}")].n}`), { l: list })).toBe(named.join(' '))
      expect(fill(parseTemplate(`{range .l[?(@.n<${n})]}{.name}{"\\n"}{end}`), { l: list })).toBe(few.map((each) => `${each}\n`).join(''))
    }),
  )
})

test('text outside of braces is printed as it is', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('{')),
      (text) => {
        expect(fill(parseTemplate(`${text}{.a}`), { a: 1 })).toBe(`${text}1`)
      },
    ),
  )
})

test('whatever a template is, it is filled or refused by name', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '{',
      '}',
      '{.',
      '{range ',
      '{end}',
      '[*]',
      '[?(',
      ')]',
      '..',
      '@',
      '"',
      "'",
      '\\',
      '[0:',
      ']',
      '.spec',
      '.containers',
      '==',
      '-1',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        fill(parseTemplate(pieces.join('')), pod)
      } catch (error) {
        expect(error instanceof TemplateError || error instanceof ExecutionError).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})
