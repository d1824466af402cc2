/**
 * Makes the one package that needs no clone: `npm run package` writes it to `dist/package`, and its tarball next to it.
 * Everything is bundled but two libraries of the console's page. The package keeps the repository's layout: a file that reads another one
 * by its place (rules below k8s/, the console's page, static files) finds it at the same place in the package.
 */
import { build, transform, type Metafile, type Plugin } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licences, packageOf } from './licences.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const packageFolder = join(root, 'dist/package')

/** Programs, and modules that are loaded by their address. */
const entries = [
  'apps/{productpage,details,reviews,ratings}/src/main.ts',
  'apps/mesh/src/{main,cli}.ts',
  'apps/mesh/src/pods/exit-with-parent.ts',
  'apps/mesh/src/cli/small-curl.ts',
  'apps/conformance/src/cli.ts',
  'apps/conformance/checks/*.ts',
]

/** What is read as a file. */
const assets = [
  'apps/productpage/src/static/**',
  'apps/mesh/src/console/page/**',
  'apps/{mesh,conformance}/package.json',
  'apps/conformance/checks/*.yaml',
  'k8s/{networking,gateway-api,security,policy,platform,injection,kustomize,addons,conformance}/**',
  'docs/**/*.{md,png}',
  'LICENSE',
]

/** Libraries that the console serves to the browser as they are. */
const external = ['preact', 'htm']

const placeOfRoot = '__PLACE_OF_PACKAGE_ROOT__'

/** `import.meta.url` stays what it is in the sources, whatever chunk a module becomes part of. */
const keepAddresses: Plugin = {
  name: 'keep-addresses',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/](apps|libs)[\\/].*\.ts$/ }, ({ path }) => {
      const place = relative(root, path).replaceAll('\\', '/')
      if (place.includes('node_modules/')) return undefined
      const own = `new URL(${JSON.stringify(place.replace(/\.ts$/, '.js'))}, new URL("${placeOfRoot}", import.meta.url)).href`
      const contents = readFileSync(path, 'utf8').replaceAll(/\bimport\.meta\.(url|main)\b/g, (_all, name) =>
        name === 'url' ? own : 'false',
      )
      return { contents, loader: 'ts' }
    })
  },
}

/** Whether at least nine tenths of a chunk are other people's code. */
function mostlyForeign({ inputs }: Metafile['outputs'][string]): boolean {
  const bytes = (list: [string, { bytesInOutput: number }][]) => list.reduce((sum, [, input]) => sum + input.bytesInOutput, 0)
  const all = Object.entries(inputs)
  return bytes(all.filter(([input]) => packageOf(input) !== '')) > 0.9 * bytes(all)
}

async function shortened(code: string): Promise<string> {
  const options = { minifyIdentifiers: true, minifyWhitespace: true, charset: 'utf8', target: 'node22', format: 'esm' } as const
  const { code: short } = await transform(code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), options)
  return short
}

interface Built {
  folder: string
  /** Bytes of all files, unpacked. */
  size: number
  version: string
}

/** Writes the package. @throws when a source cannot be resolved. */
export async function buildPackage(): Promise<Built> {
  rmSync(packageFolder, { recursive: true, force: true })
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: globSync(entries, { cwd: root }),
    outdir: packageFolder,
    outbase: root,
    chunkNames: 'lib/[name]-[hash]',
    bundle: true,
    splitting: true,
    write: false,
    // Names stay: they show in stack traces, and Fastify's code generators read functions as text.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    charset: 'utf8',
    external,
    plugins: [keepAddresses],
    metafile: true,
    logLevel: 'error',
    banner: { js: "import { createRequire as $createRequire } from 'node:module'; const require = $createRequire(import.meta.url);" },
  })
  // Chunks that are libraries for the most part: short names, and no map to sources that the reader does not have here.
  const foreign = new Set(Object.entries(metafile.outputs).flatMap(([file, output]) => (mostlyForeign(output) ? [join(root, file)] : [])))
  for (const { path, text } of outputFiles) {
    if (path.endsWith('.map') && foreign.has(path.slice(0, -4))) continue
    mkdirSync(dirname(path), { recursive: true })
    const up = posix.relative(relative(packageFolder, dirname(path)).replaceAll('\\', '/'), '.') || '.'
    const code = text.replaceAll(placeOfRoot, `${up}/`)
    writeFileSync(path, foreign.has(path) ? await shortened(code) : code)
  }
  for (const file of globSync(assets, { cwd: root })) {
    const from = join(root, file)
    if (!statSync(from).isFile()) continue
    mkdirSync(dirname(join(packageFolder, file)), { recursive: true })
    cpSync(from, join(packageFolder, file))
  }
  const { version } = writeManifest()
  cpSync(join(root, 'docs/package.md'), join(packageFolder, 'README.md'))
  writeFileSync(join(packageFolder, 'NOTICE'), licences(Object.keys(metafile.inputs)))
  for (const bin of Object.values(bins)) chmodSync(join(packageFolder, bin), 0o755)
  const files = globSync('**', { cwd: packageFolder }).map((file) => statSync(join(packageFolder, file)))
  return { folder: packageFolder, version, size: files.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0) }
}

const bins = {
  'bookinfo-mesh': 'apps/mesh/src/cli.js',
  bookinfo: 'apps/mesh/src/cli.js',
  'bookinfo-conformance': 'apps/conformance/src/cli.js',
}

function writeManifest() {
  const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { dependencies } = JSON.parse(readFileSync(join(root, 'apps/mesh/package.json'), 'utf8'))
  const manifest = {
    name: 'bookinfo-mesh',
    version,
    description,
    license,
    type: 'module',
    bin: bins,
    engines: { node: '>=22.13' },
    dependencies: Object.fromEntries(external.map((name) => [name, dependencies[name]])),
    keywords: ['service-mesh', 'istio', 'gateway-api', 'bookinfo', 'tracing', 'conformance'],
  }
  writeFileSync(join(packageFolder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return { version: version as string }
}

/** Packs the package. Gives the tarball's path. */
export function pack(): string {
  const out = execFileSync('npm', ['pack', '--json', '--pack-destination', join(root, 'dist'), packageFolder], {
    cwd: root,
    encoding: 'utf8',
  })
  const [{ filename }] = JSON.parse(out) as [{ filename: string }]
  return join(root, 'dist', filename)
}

if (import.meta.main) {
  const { size, version } = await buildPackage()
  console.log(`${relative(root, packageFolder)}: bookinfo-mesh ${version}, ${(size / 1e6).toFixed(1)} MB unpacked`)
  console.log(relative(root, pack()))
}
