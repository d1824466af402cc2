/** `lint` and `explain -f` need no mesh: they read rule files for the application's own workloads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCommands } from './helpers/commands.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))
const allV1 = `${k8s}networking/virtual-service-all-v1.yaml`
const subsets = `${k8s}networking/destination-rule-all.yaml`

let folder: string
let commands: ReturnType<typeof startCommands>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'book info '))
  // Nothing listens there.
  commands = startCommands('1')
})
afterAll(() => {
  commands.stop()
  rmSync(folder, { recursive: true })
})

const bookinfo = (...args: string[]) => commands.bookinfo(args)
function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const hidden = `# Two rules, of which the second is never reached.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - match: [{uri: {prefix: /reviews}}]
    route: [{destination: {host: reviews}}]
  - match:
    - uri: {prefix: /reviews/0}
    route: [{destination: {host: reviews, subset: v9}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
`

test('rules that do what they say have no finding', async () => {
  expect(await bookinfo('lint', '-f', allV1, '-f', subsets)).toEqual({ code: 0, stdout: '2 files: 0 errors, 0 warnings\n', stderr: '' })
})

test('each finding is one line, with the line of the file', async () => {
  const file = fileOf('hidden.yaml', hidden)
  const { code, stdout, stderr } = await bookinfo('lint', '-f', file)
  expect(stdout.split('\n')).toEqual([
    `${file}:10: warning: VirtualService default/reviews spec.http[1]: no DestinationRule of reviews.default.svc.cluster.local has a subset v9: requests that go there fail`,
    `${file}:10: warning: VirtualService default/reviews spec.http[1]: is never reached: spec.http[0] comes first and takes all that it matches`,
    expect.stringMatching(/:14: note: ConfigMap default\/settings: left out: /),
    '1 file: 0 errors, 2 warnings',
    '',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('a file that is refused is an error and exit code 1, and the other files are checked all the same', async () => {
  const unknown = fileOf('unknown.yaml', hidden.replace('hosts: [reviews]', 'hosts: [reviews]\n  host: [reviews]'))
  const broken = fileOf('broken.yaml', 'apiVersion: v1\nkind: [\n')
  const file = fileOf('hidden.yaml', hidden)
  const { code, stdout } = await bookinfo('lint', '-f', unknown, '-f', broken, '-f', file)
  const lines = stdout.split('\n')
  expect(lines[0]).toBe(`${unknown}:7: error: VirtualService default/reviews spec.host: is not a field of this kind`)
  expect(lines[1]).toMatch(new RegExp(`^${broken}:[23]: error: not YAML: `))
  expect(lines.filter((line) => line.startsWith(`${file}:`))).toHaveLength(3)
  expect(lines.at(-2)).toBe('3 files: 2 errors, 2 warnings')
  expect(code).toBe(1)
})

test('with --warnings-as-errors a warning is exit code 1', async () => {
  const file = fileOf('hidden.yaml', hidden)
  const { code, stderr } = await bookinfo('lint', '-f', file, '--warnings-as-errors')
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: 2 warnings received\n' })
})

test('SARIF names rule, level, file and line of each finding', async () => {
  const file = fileOf('hidden.yaml', hidden)
  const { stdout } = await bookinfo('lint', '-f', file, '-o', 'sarif')
  const { version, runs } = JSON.parse(stdout)
  expect(version).toBe('2.1.0')
  expect(runs[0].tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(['refused', 'without-effect', 'left-out'])
  expect(runs[0].results).toHaveLength(3)
  expect(runs[0].results[1]).toEqual({
    ruleId: 'without-effect',
    level: 'warning',
    message: {
      text: 'VirtualService default/reviews spec.http[1]: is never reached: spec.http[0] comes first and takes all that it matches',
    },
    locations: [{ physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: 10 } } }],
  })
})

test('a list of objects has the line of each', async () => {
  const file = fileOf(
    'list.yaml',
    'apiVersion: v1\nkind: List\nitems:\n- apiVersion: networking.istio.io/v1\n  kind: DestinationRule\n  metadata: {name: other}\n  spec:\n    host: other\n',
  )
  const { stdout } = await bookinfo('lint', '-f', file, '-o', 'json')
  expect(JSON.parse(stdout)).toEqual([
    {
      level: 'warning',
      file,
      line: 8,
      object: 'DestinationRule default/other spec.host',
      message: 'host other.default.svc.cluster.local is unknown: it has no effect',
    },
  ])
})

test('lint without files, with words and with an unknown format says what is wrong', async () => {
  expect(await bookinfo('lint')).toEqual({ code: 1, stdout: '', stderr: 'error: must specify one of -f and -k\n' })
  expect((await bookinfo('lint', 'rules.yaml')).stderr).toBe('error: Unexpected args: [rules.yaml]; name files with -f\n')
  expect((await bookinfo('lint', '-f', allV1, '-o', 'xml')).stderr).toMatch(/"xml", allowed formats are: json,sarif,text\n$/)
})

test('explain -f decides by the rules of files', async () => {
  const asked = ['--request', 'GET /reviews/0', '--from', 'productpage']
  const { code, stdout } = await bookinfo('explain', '-f', allV1, '-f', subsets, ...asked)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^productpage-v1 → GET reviews:9080\/reviews\/0\n/)
  expect(stdout).toMatch(/= reviews-v1-0\n$/)
})

test('explain -f warns of what the rules cannot do, and refuses what the mesh would refuse', async () => {
  const asked = ['--request', 'GET /reviews/0', '--from', 'productpage']
  const warned = await bookinfo('explain', '-f', allV1, ...asked)
  expect(warned.stderr).toMatch(/^Warning: .*no DestinationRule of /m)
  expect(warned.stdout).toMatch(/= 503/)
  const broken = fileOf('broken.yaml', 'kind: VirtualService\n')
  const refused = await bookinfo('explain', '-f', broken, ...asked)
  expect(refused).toEqual({ code: 1, stdout: '', stderr: `error: ${broken}#1 apiVersion: is missing, empty or not a string\n` })
  expect((await bookinfo('explain', '-f', allV1, '--from', 'nothing')).stderr).toMatch(/^error: there is no workload nothing$/m)
  expect((await bookinfo('explain', '/a', '-f', allV1, '--request', 'GET /b')).stderr).toMatch(/the path only once\n$/)
})
