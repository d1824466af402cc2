/** Verbs that are about the mesh and the command themselves, and namespaces. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'
import { ownVersion } from '../src/version.ts'

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())

/** What came of each line, as one text. */
const typed = async (...lines: string[]) =>
  (await small.type(lines.map((line) => line.split(' ')))).map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`)

test('version of the command and of the mesh', async () => {
  const version = `v${ownVersion}`
  expect(await typed('version', 'version --client', 'version -o json', 'version -o odd')).toEqual([
    `0 Client Version: ${version}\nServer Version: ${version}\n`,
    `0 Client Version: ${version}\n`,
    `0 ${JSON.stringify({ clientVersion: { gitVersion: version }, serverVersion: { gitVersion: version } }, null, 2)}\n`,
    "1 error: --output must be 'yaml' or 'json'\n",
  ])
})

test('cluster-info has the addresses', async () => {
  const [info] = await typed('cluster-info')
  expect(info).toContain(`are running at ${small.addresses.console}\n`)
  expect(info).toContain(`The gateway is running at ${small.addresses.gateway}\n`)
})

test('api-resources and api-versions list what can be asked for', async () => {
  const [table, names, group, versions] = await typed(
    'api-resources',
    'api-resources -o name --api-group=security.istio.io',
    'api-resources --namespaced=false --no-headers',
    'api-versions',
  )
  expect(table).toMatch(/^0 NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n/)
  expect(table).toMatch(/^virtualservices +vs +networking\.istio\.io\/v1 +true +VirtualService$/m)
  expect(names).toBe(
    '0 authorizationpolicies.security.istio.io\npeerauthentications.security.istio.io\nrequestauthentications.security.istio.io\n',
  )
  expect(group).toMatch(/^0 namespaces +ns +v1 +false +Namespace\n/)
  expect(versions).toMatch(/^networking\.istio\.io\/v1\nnetworking\.istio\.io\/v1alpha3\n/m)
})

test('auth can-i says yes, and warns of what is not a kind', async () => {
  expect(await typed('auth can-i create vs', 'auth can-i delete vs/reviews -q', 'auth can-i get nothing', 'auth can-i get')).toEqual([
    '0 yes\n',
    '0 ',
    "0 yes\nWarning: the server doesn't have a resource type 'nothing'\n\n",
    '1 error: you must specify two arguments: verb resource or verb resource/resourceName.\n',
  ])
})

test('explain is about requests, and says where fields are', async () => {
  const where = (kind: string) =>
    `1 error: explain says why a request goes where it goes: bookinfo explain /productpage; the fields of ${kind} are listed in docs/rules.md#${kind.toLowerCase()}\n`
  expect(await typed('explain vs.spec.http', 'explain httproutes', 'explain vs --recursive')).toEqual([
    where('VirtualService'),
    where('HTTPRoute'),
    '1 error: --recursive is not supported: explain here explains requests; the fields of every kind are listed in docs/rules.md\n',
  ])
})

test('namespaces are created, listed and deleted', async () => {
  expect(
    await typed(
      'create namespace books',
      'create ns books',
      'get ns books -o name',
      'create ns dry --dry-run=client',
      'get ns dry',
      'delete ns books',
      'create ns a.b',
      'create ns Made_Here --dry-run=client',
    ),
  ).toEqual([
    '0 namespace/books created\n',
    '1 Error from server (AlreadyExists): namespaces "books" already exists\n',
    '0 namespace/books\n',
    '0 namespace/dry created (dry run)\n',
    '1 Error from server (NotFound): namespaces "dry" not found\n',
    '0 namespace "books" deleted\n',
    '1 The Namespace "a.b" is invalid: metadata.name: Invalid value: "a.b": must not contain dots\n',
    expect.stringMatching(
      /^1 The Namespace "Made_Here" is invalid: metadata\.name: Invalid value: "Made_Here": a lowercase RFC 1123 label /,
    ),
  ])
})

test('completion of a shell that is not known', async () => {
  expect(await typed('completion tcsh', 'completion')).toEqual([
    '1 error: Unsupported shell type "tcsh".\n',
    '1 error: Shell not specified: expected one of bash, zsh, fish\n',
  ])
})
