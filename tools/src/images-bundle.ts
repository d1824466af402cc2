/**
 * Bundles the services and the mesh for their images, one folder per app in `dist/images`:
 *     node tools/src/images-bundle.ts [APP...]
 * Each folder holds `main.js`, the chunks that it loads lazily (telemetry, database drivers), static files, and the licences of what is inside.
 */
import { build, transform, type BuildOptions } from 'esbuild'
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licences, packageOf } from './licences.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const suite = join(root, 'apps/conformance')

/** The services, which Kubernetes runs: one image each serves all its versions. */
export const apps = ['productpage', 'details', 'reviews', 'ratings'] as const

/** All that have an image: docker-compose.yml runs the mesh too, and k8s/conformance the suite. */
export const images = [...apps, 'mesh', 'conformance'] as const

/** The Node of their base image. */
const target = 'node26'

/** Files that an app reads in addition to its imports: from here, to there in its folder. */
const files = (app: string): (readonly [from: string, to: string])[] => {
  if (app === 'conformance') return [['apps/conformance/package.json', 'package.json'], ...rulesOfChecks()]
  if (app !== 'mesh') return [[`apps/${app}/src/static`, 'static']]
  const rules = ['networking', 'gateway-api', 'security'].map((folder) => [`k8s/${folder}`, `k8s/${folder}`] as const)
  return [...rules, ['apps/mesh/src/console/page', 'page'], ...browserModules.flatMap(moduleFiles)]
}

/** Packages that the console's page imports in the browser, as the mesh finds and serves them. */
const browserModules = ['preact', 'preact/hooks', 'htm']

function moduleFiles(name: string) {
  const file = relative(root, fileURLToPath(import.meta.resolve(name)))
  return [file, `${packageOf(file)}/package.json`].map((path) => [path, path] as const)
}

const rulesOfChecks = () => globSync('checks/*.yaml', { cwd: suite }).map((file) => [`apps/conformance/${file}`, file] as const)

/** The suite loads its checks by their path: they stay next to `src/`, which holds all other code. */
function entriesOf(app: string, outdir: string): BuildOptions {
  if (app !== 'conformance') return { entryPoints: [join(root, 'apps', app, 'src/main.ts')], outdir }
  const entryPoints = ['src/cli.ts', ...globSync('checks/*.ts', { cwd: suite })].map((file) => join(suite, file))
  return { entryPoints, outdir, outbase: suite, chunkNames: 'src/[name]-[hash]' }
}

/** Bundles `app` into `dist/images/APP` and gives that folder's size in bytes. @throws when a source cannot be resolved. */
export async function bundle(app: string): Promise<number> {
  const folder = join(root, 'dist/images', app)
  rmSync(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    ...entriesOf(app, folder),
    bundle: true,
    // The services load telemetry and drivers lazily, if at all; the mesh needs nearly everything, and is one file.
    splitting: app !== 'mesh',
    // Names stay: they show in logs and stack traces, and Fastify's code generators read functions as text.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target,
    // Escapes would double the size of the database driver's character tables.
    charset: 'utf8',
    metafile: true,
    logLevel: 'error',
    // CommonJS packages in an ES module still ask for Node's own modules by require().
    banner: { js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);" },
  })
  // What loads lazily is others' code for the most part, and large: there short names are worth it.
  for (const file of globSync('*.js', { cwd: folder }).filter((name) => name !== 'main.js')) {
    const path = join(folder, file)
    const { code } = await transform(readFileSync(path, 'utf8'), {
      minifyIdentifiers: true,
      minifyWhitespace: true,
      charset: 'utf8',
      target,
    })
    writeFileSync(path, code)
  }
  const copied = files(app).filter(([from]) => existsSync(join(root, from)))
  for (const [from, to] of copied) cpSync(join(root, from), join(folder, to), { recursive: true })
  if (app === 'conformance') writeFileSync(join(folder, 'main.js'), "import './src/cli.js'\n")
  if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n')
  writeFileSync(join(folder, 'LICENSES.txt'), licences([...Object.keys(metafile.inputs), ...copied.map(([from]) => from)]))
  const all = globSync('**', { cwd: folder }).map((file) => statSync(join(folder, file)))
  return all.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

if (import.meta.main) {
  const asked = process.argv.slice(2)
  for (const app of asked.length > 0 ? asked : images) console.log(`${app}: ${((await bundle(app)) / 1e6).toFixed(2)} MB`)
}
