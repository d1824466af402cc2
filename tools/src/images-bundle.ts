/**
 * Bundles the services for their images, one folder an app in `dist/images`:
 *     node tools/src/images-bundle.ts [APP...]
 * Each folder holds `main.js`, the chunks that it loads lazily (telemetry, database drivers), static files, and the licences of what is inside.
 */
import { build, transform, type Metafile } from 'esbuild'
import { cpSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The apps that have an image, each of which serves all its versions. */
export const apps = ['productpage', 'details', 'reviews', 'ratings'] as const

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
    splitting: true,
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
  if (existsSync(join(source, 'static'))) cpSync(join(source, 'static'), join(target, 'static'), { recursive: true })
  writeFileSync(join(target, 'package.json'), '{"type":"module"}\n')
  writeFileSync(join(target, 'LICENSES.txt'), licences(metafile))
  return globSync('**', { cwd: target }).reduce((sum, file) => sum + statSync(join(target, file)).size, 0)
}

/** Every package that is part of the bundle, by the text of its licence: many share one, word for word. */
function licences({ inputs }: Metafile): string {
  const folders = new Set(Object.keys(inputs).flatMap((file) => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []))
  const packages = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const [file] = globSync('{LICEN[CS]E,licen[cs]e}*', { cwd: join(root, folder) })
    return { title: `${name} ${version} (${license})`, text: file ? readFileSync(join(root, folder, file), 'utf8') : '' }
  })
  const groups = Map.groupBy(packages, ({ text }) => text)
  return [...groups].map(([text, members]) => `${members.map(({ title }) => title).join('\n')}\n\n${text}`).join(`\n${'-'.repeat(80)}\n`)
}

if (import.meta.main) {
  const asked = process.argv.slice(2)
  for (const app of asked.length > 0 ? asked : apps) console.log(`${app}: ${((await bundle(app)) / 1e6).toFixed(2)} MB`)
}
