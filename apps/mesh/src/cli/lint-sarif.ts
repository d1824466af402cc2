/** Findings as SARIF 2.1.0 (OASIS), which code hosts show at the lines of a change. */
import { ownVersion } from '../version.ts'
import type { Finding, Level } from './lint-findings.ts'

const rules: Readonly<Record<Level, { id: string; text: string }>> = {
  error: { id: 'refused', text: 'The local mesh refuses this file' },
  warning: { id: 'without-effect', text: 'The rule is valid, and cannot do what it says' },
  note: { id: 'left-out', text: 'The object is left out or converted' },
}

export function asSarif(findings: readonly Finding[]): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bookinfo lint',
            version: ownVersion,
            rules: Object.values(rules).map(({ id, text }) => ({ id, shortDescription: { text } })),
          },
        },
        results: findings.map(({ level, file, line, object, message }) => ({
          ruleId: rules[level].id,
          level,
          message: { text: object === '' ? message : `${object}: ${message}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: addressOf(file) }, region: { startLine: line } } }],
        })),
      },
    ],
  }
}

/** A path as a relative reference: with slashes, and whatever a URI does not allow in percent form. */
const addressOf = (file: string) => (/^https?:\/\//i.test(file) ? file : encodeURI(file.replaceAll('\\', '/')))
