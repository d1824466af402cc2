/** Who may import whom: checks every workspace package's dependencies, and every import of its sources, against the table below. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
  tools: [],
  k8s: [],
}

/** Tests and e2e may use the workspace's own tools, and real neighbours instead of mocks. */
const testOnly: readonly string[] = ['tools', 'contracts', 'service', 'service-app']

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
    for (const file of globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ['**/node_modules/**'] })) {
      const tags = file.startsWith(`${folder}/src/`) ? inSources : inTests
      for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
        const target = specifier.split('/').slice(0, 2).join('/')
        if (specifier.startsWith('@bookinfo/') && !mayUse(tags, target)) found.push(`${file}: may not import ${specifier}`)
        if (specifier.startsWith('.') && !join(dirname(file), specifier).startsWith(`${folder}/`))
          found.push(`${file}: ${specifier} leaves the package; import it by its name`)
      }
    }
  }
  return found
}

const importsOf = (source: string) => Array.from(source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g), ([, specifier = '']) => specifier)

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const found = violations(positionals[0] ?? '.')
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? 'Every import goes the way the design says.' : `${found.length} imports go the wrong way.`)
  process.exitCode = found.length === 0 ? 0 : 1
}
