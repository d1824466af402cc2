/** The workflows for GitHub: what actionlint says of them, what they are pinned to, and a dry run of their shell. */
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ensureDebianPackages } from '../src/debian.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const actionlintVersion = 'v1.7.12'
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-workflows-'))
const files = [...globSync('.github/workflows/*.yml', { cwd: root }), 'action.yml']

interface Step {
  uses?: string
  run?: string
  env?: Record<string, string>
}
interface Workflow {
  permissions?: unknown
  jobs?: Record<string, { permissions?: Record<string, string>; steps: Step[]; 'timeout-minutes'?: number }>
  runs?: { steps: Step[] }
}
const workflows = files.map((file) => ({ file, workflow: parse(readFileSync(join(root, file), 'utf8')) as Workflow }))
const stepsOf = ({ jobs = {}, runs }: Workflow) => [...Object.values(jobs).flatMap(({ steps }) => steps), ...(runs?.steps ?? [])]

const actionlint = join(homedir(), '.cache/bookinfo-e2e', `actionlint-${actionlintVersion}`, 'actionlint')

beforeAll(async () => {
  await ensureDebianPackages(['shellcheck'])
  if (existsSync(actionlint)) return
  const env = { ...process.env, GOBIN: join(actionlint, '..') }
  await run('go', ['install', `github.com/rhysd/actionlint/cmd/actionlint@${actionlintVersion}`], { env })
}, 900_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('actionlint, with shellcheck for the scripts, has nothing to say', async () => {
  const { stdout } = await run(actionlint, ['-no-color'], { cwd: root })
  expect(stdout).toBe('')
})

test('every action is pinned by a commit, and the comment next to it names a release', () => {
  const uses = files.flatMap((file) =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(/uses: (.*)/g), ([, text]) => `${file}: ${text}`),
  )
  expect(uses.length).toBeGreaterThan(10)
  expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
})

test('a job may read the contents, and more only where it says so; each one has a limit of time', () => {
  const jobs = workflows.flatMap(({ file, workflow }) =>
    Object.entries(workflow.jobs ?? {}).map(([name, job]) => ({ job: `${file} ${name}`, limit: job['timeout-minutes'] })),
  )
  expect(jobs.filter(({ limit }) => limit === undefined)).toEqual([])
  const byDefault = workflows.flatMap(({ workflow }) => (workflow.jobs ? [workflow.permissions] : []))
  expect(byDefault).toEqual([{ contents: 'read' }, { contents: 'read' }])
  const release = workflows.find(({ file }) => file.endsWith('release.yml'))!.workflow
  const more = Object.entries(release.jobs!).flatMap(([name, { permissions }]) => (permissions ? [[name, permissions]] : []))
  expect(Object.fromEntries(more)).toEqual({
    npm: { contents: 'read', 'id-token': 'write' },
    images: { contents: 'read', packages: 'write', 'id-token': 'write' },
    github: { contents: 'write' },
  })
})

/** What the scripts look for in the output of some of them. */
const answers: Readonly<Record<string, string>> = {
  npx: 'echo reviews-v1',
  node: 'echo 0.1.0',
  go: 'echo go',
  docker: 'echo registry/bookinfo-reviews:0.1.0',
  curl: 'for word in "$@"; do if [ "${last:-}" = --output ]; then echo "The Comedy of Errors" > "$word"; fi; last="$word"; done',
}

/** Programs that a dry run only writes down. */
const recorded = ['npm', 'npx', 'docker', 'gh', 'sudo', 'curl', 'go', 'sh', 'node', 'sleep']

test('a dry run of every script ends well: each command exists or is written down, and no variable is unset', async () => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const name of recorded) {
    writeFileSync(join(bin, name), `#!/bin/bash\necho "${name} $*" >> "${folder}/log"\n${answers[name] ?? ''}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  const scripts = workflows.flatMap(({ file, workflow }) => stepsOf(workflow).flatMap((step, i) => (step.run ? [{ file, i, step }] : [])))
  expect(scripts.length).toBeGreaterThan(15)
  for (const { file, i, step } of scripts) {
    const cwd = join(folder, `${file.replaceAll('/', '_')}-${i}`)
    mkdirSync(join(cwd, 'dist'), { recursive: true })
    mkdirSync(join(cwd, 'assets'))
    mkdirSync(join(cwd, '.ci'))
    writeFileSync(join(cwd, 'mesh.log'), 'Ctrl-C')
    writeFileSync(join(cwd, 'dist/bookinfo-mesh'), '#!/bin/bash\n')
    writeFileSync(join(cwd, 'dist/bookinfo-mesh-0.1.0.tgz'), '')
    chmodSync(join(cwd, 'dist/bookinfo-mesh'), 0o755)
    for (const program of ['go/bin/kind', 'istio-1.30.0/bin/istioctl', 'tmp/bookinfo-conformance/node_modules/.bin/bookinfo-conformance']) {
      const path = join(cwd, program)
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, '#!/bin/bash\nexit 0\n')
      chmodSync(path, 0o755)
    }
    const script = step.run!.replaceAll(/\$\{\{ *matrix\.name *\}\}/g, 'linux-x64')
    expect(script, `${file} step ${i}`).not.toContain('${{')
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: cwd,
      GITHUB_REF_NAME: 'v0.1.0',
      GITHUB_SHA: 'abc',
      GITHUB_SERVER_URL: 'https://example.com',
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_OUTPUT: join(cwd, 'output'),
      GITHUB_STEP_SUMMARY: join(cwd, 'summary'),
      RUNNER_TEMP: join(cwd, 'tmp'),
      RUNNER_OS: 'Linux',
      KIND_VERSION: 'v0',
      ISTIO_VERSION: '1.30.0',
      ...Object.fromEntries(Object.keys(step.env ?? {}).map((name) => [name, 'value'])),
    }
    const done = run('bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-c', script], { cwd, env })
    await done.catch((error: { stderr: string }) => expect.fail(`${file} step ${i}: ${error.stderr}\n${script}`))
  }
  const log = readFileSync(join(folder, 'log'), 'utf8')
  for (const words of ['npm publish --provenance', 'docker buildx bake --push release', 'gh release create v0.1.0', 'npm run executable'])
    expect(log).toContain(words)
})
