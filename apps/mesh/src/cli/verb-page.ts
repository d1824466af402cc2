/** docs/cli.md, made from the table of verbs: `node apps/mesh/src/cli/verb-page.ts` writes it, and a test tells when it is out of date. */
import { writeFileSync } from 'node:fs'
import { globalFlags } from './common-flags.ts'
import { differences } from './differences.ts'
import type { Flag } from './flag-reader.ts'
import { flagWord } from './help.ts'
import type { Verb } from './verb.ts'
import { verbs } from './verbs.ts'

export const pageFile = new URL('../../../../docs/cli.md', import.meta.url)

const cell = (text: string) => text.replaceAll('|', '\\|')
const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`

const verbRow = ({ name, summary, refused }: Verb) => row(`\`${name}\``, refused === undefined ? summary : `refused: ${refused}`)

function flagRow(flag: Flag): string {
  const { summary, refused, default: unless } = flag
  const says = refused === undefined ? `${summary}${unless === undefined ? '' : ` (${unless})`}` : `refused: ${refused}`
  return row(`\`${flagWord(flag).trim()}\``, says)
}

/** A section for each verb that is here: its forms, examples and flags. */
function section({ name, summary, usage = [''], examples = [], flags = [] }: Verb): string[] {
  return [
    `### ${name}`,
    '',
    `${summary}.`,
    '',
    '```sh',
    ...usage.map((form) => `bookinfo ${name} ${form}`.trimEnd()),
    '```',
    '',
    ...(examples.length > 0 ? [`For instance ${examples.map((each) => `\`bookinfo ${each}\``).join(', ')}.`, ''] : []),
    ...(flags.length > 0 ? ['| Flag | |', '|---|---|', ...flags.map(flagRow), ''] : []),
  ]
}

/** Every verb and flag, what it does or why it is refused, and where output differs from kubectl's. */
export function verbPage(): string {
  const here = verbs.filter(({ run }) => run !== undefined)
  return [
    "# `bookinfo`: commands in kubectl's grammar",
    '',
    "`npx bookinfo VERB` controls the local mesh that runs on this machine, with kubectl's verbs, flags, messages and exit codes: type a tutorial's commands with `bookinfo` instead of `kubectl`.",
    'Every verb and flag of kubectl works, or is refused in one line that says what to do instead; none is passed over in silence. This page is made from the table that the command itself reads: `node apps/mesh/src/cli/verb-page.ts`.',
    '',
    '## Completion',
    '',
    '```sh',
    'source <(bookinfo completion bash)        # bash; for good: bookinfo completion bash > ~/.local/share/bash-completion/completions/bookinfo',
    'source <(bookinfo completion zsh)         # zsh, after compinit; for good: bookinfo completion zsh > FOLDER_OF_FPATH/_bookinfo',
    'bookinfo completion fish | source         # fish; for good: bookinfo completion fish > ~/.config/fish/completions/bookinfo.fish',
    '```',
    '',
    'Verbs, flags, kinds, and names of what is applied and of what runs. The shell has to find `bookinfo`: `export PATH=$PWD/node_modules/.bin:$PATH`. `bookinfo-conformance completion SHELL` does the same for the conformance suite.',
    '',
    '## Verbs',
    '',
    '| Verb | |',
    '|---|---|',
    ...verbs.filter(({ run, refused }) => run !== undefined || refused !== undefined).map(verbRow),
    '',
    '## Flags of every verb',
    '',
    '| Flag | |',
    '|---|---|',
    ...globalFlags.map(flagRow),
    '',
    '## Flags of each verb',
    '',
    ...here.flatMap(section),
    '## What a pod is here',
    '',
    'A pod is a process of this machine: it has an environment, a log and a port, and shares file system and network with it. So `exec` runs the curl of this machine, in your own session and with your own rights, as that pod would call:',
    "plain HTTP goes through the pod's proxy, with its identity and by its rules, `localhost:9080` is the pod itself, and short names mean services. HTTPS leaves this machine directly. The mesh itself never starts a command: `exec`, `edit`, `diff` and `apply -f URL` are the work of `bookinfo`, not of the mesh.",
    '`set env` restarts the pods of a workload with other variables, until the mesh ends. It refuses variables by which the mesh connects its pods, and those by which Node or the system loads code.',
    '',
    "## Where output differs from kubectl's",
    '',
    'Compared on a real cluster with the same objects (`k8s/e2e/kubectl.e2e.ts`): columns, words, streams and exit codes are the same, but for these.',
    '',
    '| What | kubectl | here | Why |',
    '|---|---|---|---|',
    ...differences.map(({ what, kubectl, here: own, why }) => row(what, kubectl, own, why)),
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(pageFile, verbPage())
