/** kubectl's verbs and their flags, as its own help tells them: `node apps/mesh/e2e/support/kubectl-verbs.ts` writes them for the tests, with --print to the terminal. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const verbsFile = new URL('../../test/helpers/kubectl-verbs.json', import.meta.url)

/** Names of flags by verb; '' has those of all verbs. */
type KubectlVerbs = Record<string, string[]>

/** Asks the kubectl on PATH. `alpha` and plugins are not part of its grammar. */
function kubectlVerbs(): KubectlVerbs {
  const found: KubectlVerbs = { '': flagsIn(help('options')) }
  const visit = (path: readonly string[]) => {
    const text = help(...path, '--help')
    if (path.length > 0) found[path.join(' ')] = flagsIn(text)
    for (const verb of verbsIn(text)) if (!['alpha', 'help', 'options'].includes(verb)) visit([...path, verb])
  }
  visit([])
  return found
}

function help(...args: string[]): string {
  const { stdout, error } = spawnSync('kubectl', args, { encoding: 'utf8' })
  if (error) throw error
  return stdout
}

/** Lines such as `  get             Display one or many resources`, below a title that has Commands in it. */
const verbsIn = (text: string) =>
  text
    .split(/\n(?=\S)/)
    .filter((part) => /^[^\n]*Commands\b[^\n]*:/.test(part))
    .flatMap((part) => Array.from(part.matchAll(/^ {2}([a-z][a-z-]*) {2,}\S/gm), ([, verb]) => verb!))

/** Lines such as `    -f, --filename=[]:` */
const flagsIn = (text: string) => Array.from(text.matchAll(/^ {4}(?:-\w, )?--([a-z0-9-]+)=/gm), ([, flag]) => flag!).toSorted()

if (import.meta.main) {
  const text = `${JSON.stringify(kubectlVerbs(), null, 1)}\n`
  if (process.argv.includes('--print')) process.stdout.write(text)
  else writeFileSync(verbsFile, text)
}
