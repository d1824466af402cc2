import { expect, test } from 'vitest'
import { releaseNotes } from '../src/release-notes.ts'

const changelog = '# Changelog\n\n## 1.1.0\n\n- New.\n\n### Detail\n\nText.\n\n## 1.0.0\n\n- Old.\n\n## 0.9.0\n'

test('the notes of a version are its section, with its own headings', () => {
  expect(releaseNotes(changelog, '1.1.0')).toBe('- New.\n\n### Detail\n\nText.')
  expect(releaseNotes(changelog, '1.0.0')).toBe('- Old.')
})

test('a version without a section, or with an empty one, is refused by name', () => {
  expect(() => releaseNotes(changelog, '2.0.0')).toThrow('CHANGELOG.md has no section "## 2.0.0"')
  expect(() => releaseNotes(changelog, '0.9.0')).toThrow('CHANGELOG.md has no section "## 0.9.0"')
})
