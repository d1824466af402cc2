/**
 * Makes one file that runs without Node: `npm run executable` writes `dist/bookinfo-mesh`, for the platform that it is built on.
 * It is Node's single-executable form: the Node that runs this tool, with the package's files inside.
 */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPackage, pack } from './npm-package.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const work = join(root, 'dist/executable')

/** Builds the file, and gives its path. @throws when Node cannot build executables (before 25.5), or npm cannot install two libraries. */
export async function buildExecutable(): Promise<string> {
  const { version } = await buildPackage()
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  writeFileSync(join(work, 'package.json'), '{}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', pack()], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] })
  const main = join(work, 'main.cjs')
  await build({ entryPoints: [join(root, 'tools/src/executable-main.ts')], outfile: main, bundle: true, platform: 'node', format: 'cjs' })
  // import() of files works only in a module that is a file itself.
  writeFileSync(
    join(work, 'run.cjs'),
    "module.exports = async (...modules) => { for (const module of modules) await import(new URL(module, 'file:')) }\n",
  )
  const packages = join(work, 'node_modules')
  const files = globSync('**', { cwd: packages }).filter((file) => statSync(join(packages, file)).isFile() && !file.startsWith('.'))
  const assets: Record<string, string> = { 'run.cjs': join(work, 'run.cjs') }
  for (const file of files) assets[placeOf(file)] = join(packages, file)
  const hash = createHash('sha256')
  for (const [name, path] of Object.entries(assets).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0`).update(readFileSync(path))
  writeFileSync(join(work, 'id'), `${version}-${hash.digest('hex').slice(0, 12)}`)
  assets['id'] = join(work, 'id')
  const output = join(root, 'dist', process.platform === 'win32' ? 'bookinfo-mesh.exe' : 'bookinfo-mesh')
  const config = { main, output, executable: strippedNode(), assets, disableExperimentalSEAWarning: true }
  writeFileSync(join(work, 'sea.json'), JSON.stringify(config))
  execFileSync(process.execPath, ['--build-sea', join(work, 'sea.json')], { stdio: ['ignore', 'ignore', 'inherit'] })
  return output
}

/** The package at the top, what it depends on below its own node_modules. */
const placeOf = (file: string) => {
  const path = file.replaceAll('\\', '/')
  return path.startsWith('bookinfo-mesh/') ? path.slice('bookinfo-mesh/'.length) : `node_modules/${path}`
}

/** A copy of this Node without debugging symbols, a fifth smaller, where there is a `strip`. */
function strippedNode(): string {
  const copy = join(work, 'node')
  copyFileSync(process.execPath, copy)
  if (process.platform === 'linux')
    try {
      execFileSync('strip', ['--strip-all', copy])
    } catch {
      console.error('executable: there is no working strip (binutils): the file keeps its symbols, and is 30 MB larger')
    }
  return copy
}

if (import.meta.main) {
  const file = await buildExecutable()
  console.log(`${file.slice(root.length)}: ${(statSync(file).size / 1e6).toFixed(0)} MB`)
}
