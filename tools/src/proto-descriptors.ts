/**
 * Makes one text of all `.proto` files, for programs that carry it: after a change of them, `node tools/src/proto-descriptors.ts` writes
 * libs/contracts/src/proto-descriptors.ts, which services load where they speak gRPC. The compiler is 93 MB, so it is fetched when it is
 * needed and is not a dependency; the file names its version and holds a sum of the sources, which a test compares.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const contracts = fileURLToPath(new URL('../../libs/contracts/', import.meta.url))
const target = `${contracts}src/proto-descriptors.ts`
const compiler = '@bufbuild/buf@1.75.0'

/** One sum of all sources and of the compiler. */
export function protoSum(): string {
  const sum = createHash('sha256').update(compiler)
  for (const file of globSync('proto/**/*.proto', { cwd: contracts }).sort())
    sum.update(`\0${file.replaceAll('\\', '/')}\0${readFileSync(contracts + file, 'utf8')}`)
  return sum.digest('hex')
}

/** The module that carries them, compiled now. */
export function descriptorModule(): string {
  const set = execFileSync('npx', ['--yes', compiler, 'build', 'proto', '--exclude-source-info', '-o', '-#format=binpb'], {
    cwd: contracts,
  })
  const lines = set.toString('base64').match(/.{1,120}/g) ?? []
  return `/** All of proto/ as a FileDescriptorSet in base64, made by tools/src/proto-descriptors.ts with ${compiler}. */
export const protoDescriptors =
${lines.map((line) => `  '${line}'`).join(' +\n')}

/** Of the sources that these come from. */
export const protoSum = '${protoSum()}'
`
}

if (import.meta.main) writeFileSync(target, descriptorModule())
