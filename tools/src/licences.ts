/** The licences of the packages whose code a bundle contains. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** `node_modules/NAME` of a file inside it; empty for a file of this repository. */
export const packageOf = (file: string): string => file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1] ?? ''

/** Every package that `inputs` (paths from the repository's root) belong to, grouped by the text of its licence: many share one, word for word. */
export function licences(inputs: readonly string[]): string {
  const folders = new Set(inputs.map(packageOf).filter(Boolean))
  const packages = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const [file] = globSync('{LICEN[CS]E,licen[cs]e}*', { cwd: join(root, folder) })
    return { title: `${name} ${version} (${license})`, text: file ? readFileSync(join(root, folder, file), 'utf8') : '' }
  })
  const groups = Map.groupBy(packages, ({ text }) => text)
  return [...groups].map(([text, members]) => `${members.map(({ title }) => title).join('\n')}\n\n${text}`).join(`\n${'-'.repeat(80)}\n`)
}
