/** Prints the section of CHANGELOG.md about one version: `node tools/src/release-notes.ts 1.2.3`. Exits with 1 when there is none. */
import { readFileSync } from 'node:fs'

/** The section's text without its heading. @throws when the changelog has no section of that version, or an empty one. */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1)
  const section = sections.find((text) => text.split('\n', 1)[0]!.trim() === version)
  const notes = section?.slice(section.indexOf('\n')).trim()
  if (!notes) throw new Error(`CHANGELOG.md has no section "## ${version}": write one before the release`)
  return notes
}

if (import.meta.main) {
  try {
    console.log(releaseNotes(readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8'), process.argv[2] ?? ''))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
