/** Finds the phrases that docs/style.md replaces, in code, comments and hand-written pages. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const counted = 'once|lines?|rows?|images?|spans?|suite|case|table|folder|SERVER|MB|µs|CPU|behaviour'
const unit =
  'second|request|hop|span|value|page|call|check|kind|service|app|step|word|image|project|process|message|connection|workload|run|try'

/** docs/style.md says what to write instead, and why. A name with hyphens, such as that of the check `w3c-beside-b3`, is not prose. */
const phrases: readonly RegExp[] = [
  /(?<!-)\balone\b/i,
  /(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|later\b|better\b)/i,
  /\b(?:nobody|somebody|everybody|whoever)\b/i,
  new RegExp(String.raw`\b(?:(?:requests|pages|calls) a second|(?:${counted}) an? (?:${unit}))\b`, 'i'),
  /(?<!-)\bbeside\b/i,
  /\bfor ever\b/i,
  /\bof (?:its|their|your|our|his|the \w+'s) own(?! (?!and|or|by|at|to|for|in|on|too|that|with|as)\w)/i,
  /\btold\b/i,
  /\bwho is signed in\b/i,
  /\b(?:has|have|had) (?:it|them) not\b/i,
  /\b(?:anew|afresh|asked again)\b/i,
  /\bin the place of\b/i,
]

/** What Bookinfo itself shows. */
const quotation = 'nobody who meets the person they think they meet'

const included = ['**/*.{ts,js,mjs,md,css,html,sh,sql,hcl,yml}', '{apps,k8s}/**/*.yaml', '**/Dockerfile']
/** Generated pages, records, texts of others, and what quotes the phrases. */
const excluded = [
  '**/{node_modules,dist,reports}/**',
  'docs/{cli,rules,conformance-*,style}.md',
  'docs/conformance/**',
  'tools/{src,test}/plain-words.*',
  'C{HANGELOG,ODE_OF_CONDUCT}.md',
]

/** The phrases in a text, in lower case. */
export const phrasesIn = (text: string): string[] =>
  phrases.flatMap((phrase) => phrase.exec(text.replace(quotation, ''))?.[0].trim().toLowerCase() ?? [])

/** `file:line: "phrase"` for each one in the files below `root`. */
export function findings(root: string): string[] {
  return globSync(included, { cwd: root, exclude: excluded }).flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => phrasesIn(line).map((phrase) => `${file}:${index + 1}: "${phrase}"`)),
  )
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const found = findings(positionals[0] ?? '.')
  for (const line of found) console.error(line)
  console.log(found.length === 0 ? 'No phrase to replace.' : `${found.length} phrases to replace: docs/style.md says by what.`)
  process.exitCode = found.length === 0 ? 0 : 1
}
