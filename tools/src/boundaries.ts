/**
 * Who may import whom: checks every workspace package's dependencies, and every import of its sources, against the tables below.
 * No file may name a file inside an installed package. Inside a package no file may import itself by way of others. Imports of types count like all others: they are read like them.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

/** Which of the project's packages (by tag) the sources of a tag may use. The services never import each other. */
export const allowed: Record<string, readonly string[]> = {
  contracts: [],
  rules: [],
  service: ['contracts'],
  'service-app': ['service', 'contracts'],
  mesh: ['rules', 'contracts'],
  // It must not import what it judges.
  conformance: ['contracts'],
  // Its raw chain renders productpage's own page, so that the same work is compared; and it measures what decisions cost.
  bench: ['service-app', 'rules', 'tools'],
  tools: ['contracts'],
  k8s: [],
}

/** Tests and e2e may use the workspace's own tools, and real neighbours instead of mocks. */
const testOnly: readonly string[] = ['tools', 'contracts', 'service', 'service-app']

/** Folders whose subfolders are floors, the lowest first: a file may import from its own floor and from those below it. */
const floors: Record<string, readonly string[]> = {
  'libs/rules/src': ['model', 'explain', 'manifests', 'policy', 'compile', 'status', 'decide'],
}

/** Paths inside packages that their documentation names. */
const documented = new Set(['ajv/dist/2020.js'])

/** ES modules that sources may load late. A bundle gives a CommonJS package that is loaded late no named exports: a file in between imports it. */
const loadedLate = new Set(['@opentelemetry/exporter-trace-otlp-http', '@opentelemetry/exporter-trace-otlp-proto'])

interface Package {
  name: string
  folder: string
  tag: string
  dependencies: string[]
  devDependencies: string[]
}

/** The packages below `root` that carry the project's scope. */
export function packagesOf(root: string): Package[] {
  return globSync('{apps,libs}/*/package.json', { cwd: root })
    .concat(globSync('{bench,tools,k8s}/package.json', { cwd: root }))
    .map((file) => {
      const { name, nx, dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8'))
      const own = (names: object) => Object.keys(names).filter((dependency) => dependency.startsWith('@bookinfo/'))
      return {
        name,
        folder: dirname(file),
        tag: nx?.tags?.[0] ?? '',
        dependencies: own(dependencies),
        devDependencies: own(devDependencies),
      }
    })
}

/** One line for each forbidden dependency or import; none means that the house is in order. */
export function violations(root: string, packages: readonly Package[] = packagesOf(root)): string[] {
  const tagOf = new Map(packages.map(({ name, tag }) => [name, tag]))
  const found: string[] = []
  for (const { name, folder, tag, dependencies, devDependencies } of packages) {
    const inSources = allowed[tag]
    if (!inSources) {
      found.push(`${folder}/package.json: tag "${tag}" is not in the table of tools/src/boundaries.ts`)
      continue
    }
    const mayUse = (tags: readonly string[], target: string) => target === name || tags.includes(tagOf.get(target) ?? '')
    const inTests = [...inSources, ...testOnly]
    for (const target of dependencies)
      if (!mayUse(inSources, target)) found.push(`${folder}/package.json: ${tag} may not depend on ${target}`)
    for (const target of devDependencies)
      if (!mayUse(inTests, target)) found.push(`${folder}/package.json: the tests of ${tag} may not depend on ${target}`)
    const neighbours = new Map<string, string[]>()
    for (const file of globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**'] })) {
      const imported: string[] = []
      neighbours.set(file, imported)
      const tags = file.startsWith(`${folder}/src/`) ? inSources : inTests
      const source = readFileSync(join(root, file), 'utf8')
      if (file.startsWith(`${folder}/src/`))
        for (const specifier of lateImportsOf(source).filter((late) => !loadedLate.has(late)))
          found.push(`${file}: ${specifier} may not be loaded late by its name; load a file late that imports it`)
      for (const specifier of importsOf(source)) {
        const target = specifier.split('/').slice(0, 2).join('/')
        if (specifier.startsWith('@bookinfo/') && !mayUse(tags, target)) found.push(`${file}: may not import ${specifier}`)
        if (reachesInside(root, file, specifier)) found.push(`${file}: ${specifier} is private; import the package by its name`)
        if (!specifier.startsWith('.')) continue
        const path = join(dirname(file), specifier)
        if (path.startsWith(`${folder}/`)) imported.push(path)
        else found.push(`${file}: ${specifier} leaves the package; import it by its name`)
      }
    }
    found.push(...upward(neighbours), ...circles(neighbours))
    if (folder.startsWith('libs/')) found.push(...namesakes(neighbours.keys(), `${folder}/src/`))
  }
  return found
}

/** Whether `specifier` names a file of an installed package that does not say what others may import. Where it does, Node itself refuses the rest. */
function reachesInside(root: string, file: string, specifier: string): boolean {
  const name = /^(?:@[^/]+\/)?[^./:][^/:]*(?=\/)/.exec(specifier)?.[0]
  if (name === undefined || documented.has(specifier)) return false
  let folder = dirname(file)
  while (folder !== '.' && !existsSync(join(root, folder, 'node_modules', name))) folder = dirname(folder)
  const manifest = join(root, folder, 'node_modules', name, 'package.json')
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).exports === undefined
}

/** Imports from a lower floor of a higher one, and files that are on none. */
function upward(neighbours: ReadonlyMap<string, readonly string[]>): string[] {
  return Object.entries(floors).flatMap(([base, names]) => {
    const floorOf = (file: string) => names.indexOf(file.slice(base.length + 1).split('/', 1)[0]!)
    return [...neighbours]
      .filter(([file]) => file.startsWith(`${base}/`))
      .flatMap(([file, imported]) => {
        if (floorOf(file) === -1) return [`${file}: its folder is not among the floors of ${base} in tools/src/boundaries.ts`]
        const higher = imported.filter((target) => target.startsWith(`${base}/`) && floorOf(target) > floorOf(file))
        return higher.map((target) => `${file}: may not import ${target}, which is on a higher floor`)
      })
  })
}

/** Chains of imports that come back to where they began, one for each import that closes a chain. */
function circles(neighbours: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, chain: readonly string[]) => {
    const start = chain.indexOf(file)
    if (start !== -1) found.push(`circle of imports: ${[...chain.slice(start), file].join(' → ')}`)
    if (start !== -1 || done.has(file)) return
    for (const target of neighbours.get(file) ?? []) visit(target, [...chain, file])
    done.add(file)
  }
  for (const file of neighbours.keys()) visit(file, [])
  return found
}

/** Sources of a library that have the same name: a reader who looks for one finds the other. */
function namesakes(files: Iterable<string>, sources: string): string[] {
  const byName = Map.groupBy(
    [...files].filter((file) => file.startsWith(sources)),
    (file) => basename(file),
  )
  return [...byName.values()].filter(({ length }) => length > 1).map((same) => `two files of one name: ${same.toSorted().join(', ')}`)
}

const importsOf = (source: string) => Array.from(source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g), ([, specifier = '']) => specifier)

/** Installed packages that are loaded when the code gets there. */
const lateImportsOf = (source: string) =>
  Array.from(source.matchAll(/\bimport\(\s*'(?!\.|node:|@bookinfo\/)([^']+)'/g), ([, specifier = '']) => specifier)

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const found = violations(positionals[0] ?? '.')
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? 'Every import goes the way the design says.' : `${found.length} imports go the wrong way.`)
  process.exitCode = found.length === 0 ? 0 : 1
}
