/** docs/conformance-faults.md, made from a run on every wrong mesh. */
import type { Verdict } from './verdict.ts'

export const tableFile = new URL('../../../../docs/conformance-faults.md', import.meta.url)

const isKilled = ({ missed, astray }: Verdict) => missed.length === 0 && astray.length === 0

export function tableOf(verdicts: readonly Verdict[]): string {
  const killed = verdicts.filter(isKilled)
  const ran = verdicts.map((verdict) => verdict.ran)
  const [least, most] = [Math.min(...ran), Math.max(...ran)]
  const rows = verdicts.map((verdict) => {
    const { fault, killedBy, touched, missed, astray } = verdict
    const wrong = [...missed.map((name) => `missed by ${name}`), ...astray.map((name) => `${name} went astray`)]
    const link = `[${fault.name}](../apps/mesh/test/faults/seeded/${fault.name}.ts)`
    const outcome = isKilled(verdict) ? killedBy.join(', ') : `**${wrong.join(', ')}**`
    return `| ${link} | ${fault.title} | ${outcome} | ${touched.join(', ')} |`
  })
  return [
    '# Wrong meshes, and the checks that find them',
    '',
    `${verdicts.length} local meshes that are wrong on purpose. Killed ${killed.length} of ${verdicts.length}: on each one every check that is about its fault failed, and no check that is not.`,
    `Of the suite's checks ${least === most ? least : `${least} to ${most}`} were run on each wrong mesh (by either API, where there are two; sampled ones about other things with 1,000 requests). \`FAULTS_AGAINST=all npm run e2e:faults\` does it again; without the variable an eighth of the checks about other things is run, in turn. \`node apps/conformance/e2e/support/seeded-faults.ts --against all --write\` makes this page.`,
    '',
    'Other checks that failed test the feature that the fault breaks, but are not required to see it: a policy that never denies shows in every check of policies.',
    '',
    '| Wrong mesh | What is wrong | Killed by | Failed too |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
