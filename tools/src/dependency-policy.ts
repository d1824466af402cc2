/** Which dependencies may be installed: their licences, and who may run a script while npm installs. `npm run policy` checks the lock. */
import { readFileSync } from 'node:fs'

/** Licences that a dependency may have. All of them allow use, change and redistribution together with Apache-2.0 code. */
const licences: Readonly<Record<string, string>> = {
  MIT: 'keep the notice',
  'Apache-2.0': 'keep the notice',
  '(Apache-2.0 AND BSD-3-Clause)': 'keep the notices',
  ISC: 'keep the notice',
  'BSD-2-Clause': 'keep the notice',
  'BSD-3-Clause': 'keep the notice',
  '0BSD': 'no condition',
  'BlueOak-1.0.0': 'keep the notice',
  'CC0-1.0': 'no condition',
  'Python-2.0': 'keep the notice; argparse, a tool of development',
  'MPL-2.0': 'changes of its files stay under it; lightningcss and axe-core, tools of development, not part of any package or image',
}

/** Packages with an install script, and what it does. */
const scripts: Readonly<Record<string, string>> = {
  esbuild: 'checks its binary; not allowed to run, and works without',
  node: 'links the Node binary of this platform',
  nx: 'checks its native module',
  protobufjs: 'prints a notice; not allowed to run',
}

export interface LockEntry {
  version?: string
  license?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  os?: string[]
  hasInstallScript?: boolean
  resolved?: string
}

/** What in a lock's packages goes against the policy, one line each. Native packages of other platforms carry no licence in the lock: their parent does. */
export function violations(packages: Readonly<Record<string, LockEntry>>): string[] {
  return Object.entries(packages).flatMap(([path, { license, link, optional, os, dev, hasInstallScript }]) => {
    const name = path.split('node_modules/').at(-1)!
    if (!path.includes('node_modules/') || link) return []
    const ofOtherPlatform = optional && os !== undefined && license === undefined
    return [
      ...(ofOtherPlatform || isAllowed(license, dev)
        ? []
        : [`${name}: licence ${license ?? '(none)'} is not in the list of tools/src/dependency-policy.ts`]),
      ...(hasInstallScript && !Object.hasOwn(scripts, name)
        ? [`${name}: runs a script while it is installed, and is not in the list of tools/src/dependency-policy.ts`]
        : []),
    ]
  })
}

const isAllowed = (licence: string | undefined, dev = false) =>
  licence !== undefined && Object.hasOwn(licences, licence) && (dev || licence !== 'MPL-2.0')

if (import.meta.main) {
  const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  const found = violations(packages)
  for (const line of found) console.error(line)
  console.log(
    found.length === 0
      ? 'Every dependency has a licence and scripts that the policy allows.'
      : `${found.length} dependencies go against the policy.`,
  )
  process.exitCode = found.length === 0 ? 0 : 1
}
