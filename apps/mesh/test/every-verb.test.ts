/** Types every verb and every flag of the table against a running mesh: it works, or is refused in one line. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { globalFlags } from '../src/cli/common-flags.ts'
import type { Flag } from '../src/cli/flag-reader.ts'
import { verbs } from '../src/cli/verbs.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const folder = mkdtempSync(join(tmpdir(), 'bookinfo-every-'))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const rule = (name: string) =>
  file(
    `${name}.yaml`,
    `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: ${name}, labels: {team: books}}\nspec: {host: ${name}}\n`,
  )
const reviews = rule('reviews')
const pem = file('pem', 'a certificate')

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await small.stop()
})

/** What each verb is typed with: it succeeds by itself. `{n}` is another number each time, `{pod}` a pod of reviews-v1. */
const typedWith: Readonly<Record<string, string>> = {
  get: 'vs',
  describe: 'vs bookinfo',
  apply: `-f ${reviews}`,
  create: `-f {new}`,
  'create namespace': 'n{n}',
  'create secret tls': `s{n} --cert=${pem} --key=${pem}`,
  'create secret generic': 's{n}',
  delete: 'dr missing --ignore-not-found',
  diff: `-f ${reviews}`,
  edit: 'dr reviews',
  patch: 'dr reviews --type=merge -p {"spec":{"host":"reviews"}}',
  replace: `-f ${reviews}`,
  annotate: 'dr reviews a{n}=b',
  label: 'dr reviews a{n}=b',
  wait: '--for=create dr/reviews',
  scale: 'deployment/reviews-v1 --replicas=1',
  logs: '{pod}',
  exec: '{pod} -- printenv HOSTNAME',
  'set env': 'deployment/ratings-v1 A=b',
  'rollout restart': 'deployment/ratings-v1',
  'rollout status': 'deployment/details-v1',
  'top pod': '',
  explain: '/productpage',
  lint: `-f ${reviews}`,
  status: '',
  traffic: 'stop',
  restart: 'ratings-v1',
  kill: '{pod}',
  version: '',
  'cluster-info': '',
  'api-resources': '',
  'api-versions': '',
  'auth can-i': 'create vs',
  'completion bash': '',
  'completion zsh': '',
  'completion fish': '',
}

/** These go on until they are interrupted, or need a verb below them; other tests type them. */
const endless = new Set([
  'port-forward',
  'start',
  'completion',
  'get --watch',
  'get --watch-only',
  'get --output-watch-events',
  'logs --follow',
])

/** Where a flag makes another line of it. */
const insteadOf: Readonly<Record<string, string>> = {
  'get --selector': 'pods -l app=reviews',
  'get --field-selector': 'pods --field-selector=status.phase=Running',
  'get --filename': `-f ${reviews}`,
  'get --recursive': `-R -f ${folder}/lists`,
  'get --kustomize': `-k ${folder}/lists`,
  'describe --all-namespaces': 'vs -A',
  'describe --selector': 'dr -l team=books',
  'describe --filename': `-f ${reviews}`,
  'describe --recursive': `-R -f ${folder}/lists`,
  'describe --kustomize': `-k ${folder}/lists`,
  'apply --recursive': `-R -f ${folder}/lists`,
  'apply --kustomize': `-k ${folder}/lists`,
  'apply --force-conflicts': `--server-side --force-conflicts -f ${reviews}`,
  'create --filename': '-f {new}',
  'create --recursive': `-R -f ${folder}/fresh --dry-run=client`,
  'create --kustomize': `-k ${folder}/fresh --dry-run=client`,
  'create secret generic --from-env-file': `s{n} --from-env-file=${file('env', 'A=b\n')}`,
  'delete --filename': `--ignore-not-found -f ${rule('gone')}`,
  'delete --recursive': `--dry-run=client -R -f ${folder}/lists`,
  'delete --kustomize': `--dry-run=client -k ${folder}/lists`,
  'delete --selector': 'dr -l a=nothing',
  'delete --field-selector': 'dr --field-selector=metadata.name=missing',
  'delete --all': 'dr --all -n other',
  'delete --all-namespaces': 'dr --all -A --dry-run=client',
  'explain --filename': `-f ${reviews} --request GET`,
  'explain --recursive': `-R -f ${folder}/lists`,
  'explain --kustomize': `-k ${folder}/lists`,
  'lint --recursive': `-R -f ${folder}/lists`,
  'lint --kustomize': `-k ${folder}/lists`,
  'diff --recursive': `-R -f ${folder}/lists`,
  'diff --kustomize': `-k ${folder}/lists`,
  'edit --filename': `-f ${reviews}`,
  'edit --recursive': `-R -f ${folder}/lists`,
  'edit --kustomize': `-k ${folder}/lists`,
  'edit --all': 'dr --all',
  'edit --all-namespaces': 'dr --all -A',
  'edit --selector': 'dr -l team=books',
  'patch --filename': `-f ${reviews} --type=merge -p {}`,
  'patch --recursive': `-R -f ${folder}/lists --type=merge -p {}`,
  'patch --kustomize': `-k ${folder}/lists --type=merge -p {}`,
  'patch --all': 'dr --all --type=merge -p {}',
  'patch --all-namespaces': 'dr --all -A --type=merge -p {}',
  'patch --selector': 'dr -l team=books --type=merge -p {}',
  'patch --patch-file': `dr reviews --type=merge --patch-file=${file('patch', '{}')}`,
  'patch --patch': 'dr reviews --type=merge --patch={}',
  'patch --type': 'dr reviews --type=json -p []',
  'replace --recursive': `-R -f ${folder}/lists`,
  'replace --kustomize': `-k ${folder}/lists`,
  ...Object.fromEntries(
    ['annotate', 'label'].flatMap((verb) => [
      [`${verb} --filename`, `-f ${reviews} a{n}=b`],
      [`${verb} --recursive`, `-R -f ${folder}/lists a{n}=b`],
      [`${verb} --kustomize`, `-k ${folder}/lists a{n}=b`],
      [`${verb} --all`, 'dr --all a{n}=b'],
      [`${verb} --all-namespaces`, 'dr --all -A a{n}=b'],
      [`${verb} --selector`, 'dr -l team=books a{n}=b'],
      [`${verb} --field-selector`, 'dr --all --field-selector=metadata.name=reviews a{n}=b'],
    ]),
  ),
  'wait --filename': `--for=create -f ${reviews}`,
  'wait --recursive': `--for=create -R -f ${folder}/lists`,
  'wait --kustomize': `--for=create -k ${folder}/lists`,
  'wait --all': '--for=create dr --all',
  'wait --all-namespaces': '--for=create dr --all -A',
  'wait --selector': '--for=create dr -l team=books',
  'wait --field-selector': '--for=create dr --all --field-selector=metadata.name=reviews',
  'wait --for': 'dr reviews --for=jsonpath={.kind}=DestinationRule',
  'scale --all': 'deployment --all --replicas=1 --dry-run=client',
  'scale --selector': 'deployment -l app=reviews --replicas=1',
  'scale --current-replicas': 'deployment/reviews-v1 --replicas=1 --current-replicas=1',
  'logs --selector': '-l app=reviews',
  'logs --all-pods': 'deployment/reviews-v2 --all-pods',
  'logs --container': '{pod} -c istio-proxy',
  'exec --container': '{pod} -c reviews -- printenv HOSTNAME',
  'set env --all': 'deployment --all A=b --dry-run=client',
  'set env --selector': 'deployment -l app=ratings A=b --dry-run=client',
  'set env --env': 'deployment/ratings-v1 -e A=b',
  'set env --overwrite': 'deployment/ratings-v1 A=b --overwrite=true',
  'rollout restart --selector': 'deployment -l app=ratings',
  'rollout status --selector': 'deployment -l app=details',
  'rollout status --revision': 'deployment/details-v1 --revision=1',
  'restart --selector': 'deployment -l app=ratings',
  'explain --service': '--from productpage-v1 --service reviews /reviews/0',
  'explain --from': '--from productpage-v1 /',
  'traffic --rate': '--rate 0',
  'traffic --users': '--rate 0 --users jason',
  'traffic --path': '--rate 0 --path /productpage',
  'traffic --header': '--rate 0 -H x-a:b',
}

/** Flags whose point is an error in this setting, and the error. */
const errs: Readonly<Record<string, RegExp>> = {
  'logs --previous': /^error: previous terminated container "reviews" in pod "reviews-v1-\S+" not found\n$/,
  'auth can-i --list': /^error: the mesh has no roles: it takes every command of this machine\n$/,
}

const values: Readonly<Record<string, string>> = {
  namespace: 'default',
  'request-timeout': '20s',
  'dry-run': 'client',
  output: 'name',
  filename: reviews,
  selector: 'team=books',
  'field-selector': 'metadata.name=reviews',
  'sort-by': '.metadata.name',
  'from-file': pem,
  'from-literal': 'a=b',
  cert: pem,
  key: pem,
  header: 'x-a:b',
  user: 'jason',
  request: 'GET',
  'since-time': '2020-01-01T00:00:00Z',
  'max-log-requests': '9',
  'api-group': 'apps',
  containers: 'ratings',
  'label-columns': 'team',
}

function valueOf({ name, takes, allowed, bare, default: unless }: Flag): string {
  if (takes === 'switch') return ''
  if (values[name] !== undefined && (allowed === undefined || allowed.includes(values[name]))) return `=${values[name]}`
  if (allowed?.[0] !== undefined) return `=${allowed[0]}`
  return `=${bare ?? unless ?? { number: '1', duration: '5m', text: 'x', list: 'x', texts: 'x' }[takes]}`
}

let number = 0
/** Words of a line, its places filled. */
function wordsOf(line: string): string[] {
  number++
  const pod = small.mesh.fleet.of('reviews-v1').find(({ pod: each }) => each.phase === 'ready')!.pod.name
  return line
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (word === '{new}' ? rule(`new${number}`) : word.replace('{n}', String(number)).replace('{pod}', pod)))
}

/** A line with a flag, in front of `--`. */
function lineWith(verb: string, flag: Flag): string[] {
  const other = insteadOf[`${verb} --${flag.name}`]
  if (other !== undefined) return [...verb.split(' '), ...wordsOf(other)]
  const words = wordsOf(typedWith[verb]!)
  const dash = words.includes('--') ? words.indexOf('--') : words.length
  return [...verb.split(' '), ...words.slice(0, dash), `--${flag.name}${valueOf(flag)}`, ...words.slice(dash)]
}

const run = verbs.filter((verb) => verb.run !== undefined)

test('every verb that works does, typed by itself', async () => {
  await small.bookinfo(['apply', '-f', reviews])
  const typed = run.filter(({ name }) => !endless.has(name))
  expect(typed.map(({ name }) => name).filter((name) => typedWith[name] === undefined)).toEqual([])
  // The mesh is as it was for the next ones only without what kills.
  const lines = typed.filter(({ name }) => name !== 'kill').map(({ name }) => [...name.split(' '), ...wordsOf(typedWith[name]!)])
  const answers = await small.type(lines, { KUBE_EDITOR: 'true' })
  expect(lines.flatMap((line, i) => (answers[i]!.code === 0 ? [] : [{ line: line.join(' '), ...answers[i] }]))).toEqual([])
})

test('every flag that works does, typed with its verb', async () => {
  await small.bookinfo(['apply', '-f', reviews])
  const kubectl = file('kubectl', `#!/bin/sh\nexec cat "$2/one.yaml"\n`)
  chmodSync(kubectl, 0o755)
  mkdirSync(join(folder, 'lists'), { recursive: true })
  copyFileSync(reviews, join(folder, 'lists/one.yaml'))
  mkdirSync(join(folder, 'fresh'))
  copyFileSync(rule('fresh'), join(folder, 'fresh/one.yaml'))
  const typed = run
    .filter(({ name }) => !endless.has(name) && name !== 'kill')
    .flatMap(({ name, flags = [] }) => flags.map((flag) => ({ key: `${name} --${flag.name}`, name, flag })))
    .filter(({ key, flag }) => flag.refused === undefined && !endless.has(key))
  expect(typed.length).toBeGreaterThan(200)
  const lines = typed.map(({ name, flag }) => lineWith(name, flag))
  const answers = await small.type(lines, { KUBE_EDITOR: 'true', PATH: `${folder}:${process.env['PATH']}` })
  const bad = typed.flatMap(({ key }, i) => {
    const { code, stderr } = answers[i]!
    const fine = errs[key] ? code === 1 && errs[key].test(stderr) : code === 0
    return fine ? [] : [{ line: lines[i]!.join(' '), code, stderr }]
  })
  expect(bad).toEqual([])
})

test('every verb that is refused is refused in one line', async () => {
  const refused = verbs.filter((verb) => verb.refused !== undefined)
  const answers = await small.type(refused.map(({ name }) => name.split(' ')))
  expect(answers).toEqual(
    refused.map((verb) => ({ code: 1, stdout: '', stderr: `error: bookinfo ${verb.name} is not supported: ${verb.refused}\n` })),
  )
})

test('every flag that is refused is refused in one line', async () => {
  const refused = run.flatMap(({ name, flags = [] }) =>
    [...flags, ...globalFlags.filter((each) => !flags.some((flag) => flag.name === each.name))]
      .filter((flag) => flag.refused !== undefined)
      .map((flag) => ({ name, flag })),
  )
  expect(refused.length).toBeGreaterThan(300)
  const answers = await small.type(refused.map(({ name, flag }) => [...name.split(' '), `--${flag.name}${valueOf(flag)}`]))
  expect(answers).toEqual(
    refused.map(({ flag }) => ({ code: 1, stdout: '', stderr: `error: --${flag.name} is not supported: ${flag.refused}\n` })),
  )
})
