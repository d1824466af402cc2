/**
 * Bundles the services and the mesh for their images, one folder an app in `dist/images`:
 *     node tools/src/images-bundle.ts [APP...]
 * Each folder holds `main.js`, the chunks that it loads lazily (telemetry, database drivers), static files, and the licences of what is inside.
 */
import { build, transform } from 'esbuild'
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licences, packageOf } from './licences.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The services, which Kubernetes runs: one image each serves all its versions. */
export const apps = ['productpage', 'details', 'reviews', 'ratings'] as const

/** All that have an image: docker-compose.yml runs the mesh too. */
export const images = [...apps, 'mesh'] as const

/** What an app reads from files, beside what it imports: from here, to there in its folder. */
const files = (app: string): (readonly [from: string, to: string])[] => {
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

/** Bundles `app` into `dist/images/APP` and gives that folder's size in bytes. @throws when a source cannot be resolved. */
export async function bundle(app: string): Promise<number> {
  const source = join(root, 'apps', app, 'src')
  const target = join(root, 'dist/images', app)
  rmSync(target, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [join(source, 'main.ts')],
    outdir: target,
    bundle: true,
    // The services load telemetry and drivers lazily, if at all; the mesh needs nearly everything, and is one file.
    splitting: app !== 'mesh',
    // Names stay: they show in logs and stack traces, and Fastify's code generators read functions as text.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Escapes would double the size of the database driver's character tables.
    charset: 'utf8',
    metafile: true,
    logLevel: 'error',
    // CommonJS packages in an ES module still ask for Node's own modules by require().
    banner: { js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);" },
  })
  // What loads lazily is others' code for the most part, and large: there short names are worth it.
  for (const file of globSync('*.js', { cwd: target }).filter((name) => name !== 'main.js')) {
    const path = join(target, file)
    const { code } = await transform(readFileSync(path, 'utf8'), {
      minifyIdentifiers: true,
      minifyWhitespace: true,
      charset: 'utf8',
      target: 'node24',
    })
    writeFileSync(path, code)
  }
  const copied = files(app).filter(([from]) => existsSync(join(root, from)))
  for (const [from, to] of copied) cpSync(join(root, from), join(target, to), { recursive: true })
  writeFileSync(join(target, 'package.json'), '{"type":"module"}\n')
  writeFileSync(join(target, 'LICENSES.txt'), licences([...Object.keys(metafile.inputs), ...copied.map(([from]) => from)]))
  const all = globSync('**', { cwd: target }).map((file) => statSync(join(target, file)))
  return all.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

if (import.meta.main) {
  const asked = process.argv.slice(2)
  for (const app of asked.length > 0 ? asked : images) console.log(`${app}: ${((await bundle(app)) / 1e6).toFixed(2)} MB`)
}
