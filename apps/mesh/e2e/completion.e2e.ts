/** Completion in zsh and fish themselves, of both command lines; bash is among the unit tests. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSmallMesh, type SmallMesh } from '../test/helpers/small-mesh.ts'

const folder = mkdtempSync(join(tmpdir(), 'bookinfo-shells-'))
const commands = { bookinfo: '../src/cli.ts', 'bookinfo-conformance': '../../conformance/src/cli.ts' }
let small: SmallMesh
beforeAll(async () => {
  await ensureDebianPackages(['zsh', 'fish'])
  for (const [name, file] of Object.entries(commands)) {
    const program = fileURLToPath(new URL(file, import.meta.url))
    writeFileSync(join(folder, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
    chmodSync(join(folder, name), 0o755)
  }
  writeFileSync(join(folder, 'rules.yaml'), '')
  small = await startSmallMesh()
})
afterAll(async () => {
  await small?.stop()
  rmSync(folder, { recursive: true })
})

async function run(program: string, args: readonly string[]): Promise<string> {
  const env = knownEnv({
    HOME: folder,
    PATH: `${folder}:${process.env['PATH']}`,
    CONSOLE_PORT: new URL(small.addresses.console).port,
  })
  const child = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(stderr).toBe('')
  return stdout
}

/** What fish offers for the end of `line`. */
const inFish = async (line: string) => {
  const [command] = line.split(' ')
  const words = await run('fish', ['--no-config', '-c', `${command} completion fish | source; complete -C '${line}'`])
  return words
    .trimEnd()
    .split('\n')
    .map((each) => each.split('\t')[0]!)
}

/** What `line` is in zsh after Tab. */
async function inZsh(line: string): Promise<string | undefined> {
  const [command] = line.split(' ')
  const script = `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1= PS2= RPS1=; autoload -Uz compinit && compinit -u -D; source <(${command} completion zsh)'
    zpty -w shell 'tell() { print -r -- "<""<\${BUFFER}>>"; BUFFER=; zle accept-line }; zle -N tell; bindkey "^T" tell; bindkey "^I" complete-word; print re""ady'
    zpty -r shell said '*ready*'
    zpty -w -n shell $'${line.replaceAll("'", "\\'")}\\t\\x14'
    zpty -r shell said '*<<*>>*'
    print -r -- "$said"
    zpty -d shell`
  const said = await run('zsh', ['-f', '-c', script])
  return /<<(.*)>>/.exec(said)?.[1]
}

test.each([
  ['bookinfo rollo', ['rollout']],
  ['bookinfo rollout ', ['restart', 'status']],
  ['bookinfo logs --prev', ['--previous']],
  ['bookinfo get --output=ya', ['--output=yaml']],
  ['bookinfo get vs b', ['bookinfo']],
  ['bookinfo get deploy/reviews-v', ['deploy/reviews-v1', 'deploy/reviews-v2', 'deploy/reviews-v3']],
  ['bookinfo apply -f ru', ['rules.yaml']],
  ['bookinfo-conformance desc', ['describe']],
  ['bookinfo-conformance run --target=', ['--target=kube', '--target=local', '--target=url']],
  ['bookinfo-conformance describe cor', ['cors']],
])('fish offers for %j', async (line, words) => {
  expect((await inFish(line)).toSorted()).toEqual(words)
})

test.each([
  ['bookinfo rollo', 'bookinfo rollout '],
  ['bookinfo logs --prev', 'bookinfo logs --previous '],
  ['bookinfo get --output=ya', 'bookinfo get --output=yaml '],
  ['bookinfo logs --conta', 'bookinfo logs --container='],
  ['bookinfo get vs b', 'bookinfo get vs bookinfo '],
  ['bookinfo get deploy/det', 'bookinfo get deploy/details-v1 '],
  ['bookinfo apply -f ru', 'bookinfo apply -f rules.yaml '],
  ['bookinfo-conformance desc', 'bookinfo-conformance describe '],
  ['bookinfo-conformance describe cor', 'bookinfo-conformance describe cors '],
])('zsh makes of %j', async (line, whole) => {
  expect(await inZsh(line)).toBe(whole)
})
