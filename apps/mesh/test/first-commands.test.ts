/** What a newcomer is shown works when it is typed first, on a mesh where nothing was applied yet. */
import { globSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { libraryFiles, startingRules } from '../src/control/library.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())
beforeEach(() => {
  const { rules } = small.mesh
  for (const object of rules.objects) rules.delete(object)
  rules.apply([startingRules()])
})

interface Shown {
  page: string
  command: string
}

/** Every command line of the mesh in the pages, as it stands there; forms with `…`, `{file}` or names in capitals are not commands yet. */
function shown(): Shown[] {
  const pages = globSync(['*.md', 'apps/*/README.md', 'bench/*.md', 'docs/*.md'], { cwd: root })
  return pages.toSorted().flatMap((page) =>
    Array.from(readFileSync(root + page, 'utf8').matchAll(/npx (?:bookinfo|bookinfo-mesh) (?!start\b)([^`#|'\n]+)/g), ([, command]) => ({
      page,
      command: command!.trim(),
    })),
  )
}

/** Status of every call that the application makes. */
async function calls(): Promise<Record<string, number | undefined>> {
  const { outbound, gatewayPort } = small.mesh
  const statusAt = (port: number, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, agent: false }, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end()
    })
  const from = (workload: string, service: string) => statusAt(outbound.get(workload)!.get(service)!, `/${service}/0`)
  return {
    page: await statusAt(gatewayPort, '/productpage'),
    details: await from('productpage-v1', 'details'),
    reviews: await from('productpage-v1', 'reviews'),
    ratings: await from('reviews-v3', 'ratings'),
  }
}

const complete = shown().filter(({ command }) => !/[…{]|\b[A-Z]{3,}\b(?!=)/.test(command))

test('the pages show commands, and rules among them', () => {
  expect(complete.length).toBeGreaterThan(5)
  expect(complete.filter(({ command }) => command.startsWith('apply')).map(({ page }) => page)).toEqual(
    expect.arrayContaining(['README.md', 'apps/mesh/README.md', 'docs/package.md']),
  )
})

test.each(complete)('$page: $command', async ({ command }) => {
  const { code, stderr } = await small.bookinfo(command.split(/\s+/))
  // Read from another folder than the root, which the command line says.
  expect({ code, stderr: stderr.replaceAll(/^Note: .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
  expect(await calls()).toEqual({ page: 200, details: 200, reviews: 200, ratings: 200 })
})

describe('a ready-made file, applied first, works or names the file that is missing', () => {
  const files = libraryFiles().filter(({ problem }) => problem === null)
  const about = /apply (k8s\/\S+\.yaml), which defines it/

  test.each(files)('$path', async ({ path }) => {
    const first = await small.bookinfo(['apply', '-f', `k8s/${path}`])
    expect(first.code).toBe(0)
    const subsets = first.stderr.split('\n').filter((line) => line.includes('has a subset'))
    const named = new Set(subsets.map((line) => about.exec(line)?.[1]))
    expect([...named]).toEqual(subsets.length > 0 ? ['k8s/networking/destination-rule-all.yaml'] : [])
    if (subsets.length === 0) return
    const second = await small.bookinfo(['apply', '-f', 'k8s/networking/destination-rule-all.yaml'])
    expect(second.stderr).not.toContain('has a subset')
  })
})

const sendsTo = (host: string, subset: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: own}
spec:
  hosts: [own.test]
  http: [{route: [{destination: {host: ${host}, subset: ${subset}}}]}]
`

test.each([
  ['a subset that no file defines', sendsTo('reviews', 'v9')],
  ['a host of another namespace', sendsTo('reviews.other.svc.cluster.local', 'v1')],
])('no file is named for %s', async (_name, text) => {
  const { code, stderr } = await small.bookinfo(['apply', '-f', '-'], text)
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: ')
  expect(stderr).not.toContain('which defines it')
})

test('the console lists the file as well', async () => {
  await small.bookinfo(['apply', '-f', 'k8s/networking/virtual-service-reviews-v3.yaml'])
  const answer = await fetch(`${small.addresses.console}/api/events`)
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('event: stats')) text += (await reader.read()).value
  await reader.cancel()
  expect(text).toContain('has a subset v3: requests that go there fail; apply k8s/networking/destination-rule-all.yaml, which defines it')
})
