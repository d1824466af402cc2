/**
 * Starts the local mesh with one fault: `node start.ts FAULT [options of the mesh]`; `--list` tells which there are, as JSON. The product knows nothing of it: imports are replaced as they are loaded.
 */
import { readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { homes, type Fault, type Functions } from './fault.ts'

const [name = '', ...rest] = process.argv.slice(2)
if (name === '--list') {
  process.stdout.write(JSON.stringify(await listFaults()))
  process.exit()
}
const { default: fault } = (await import(`./seeded/${name}.ts`)) as { default: Fault }

// The wrapped modules find the fault here.
Object.assign(globalThis, { seededFault: fault.wrap })
const wrapped = new Map<string, (keyof Functions)[]>()
for (const each of Object.keys(fault.wrap) as (keyof Functions)[]) {
  const url = import.meta.resolve(homes[each])
  wrapped.set(url, [...(wrapped.get(url) ?? []), each])
}

registerHooks({
  load(url, context, next) {
    const names = wrapped.get(url)
    if (!names) return next(url, context)
    const real = JSON.stringify(`${url}?real`)
    const exports = names.map((each) => `export const ${each} = seededFault.${each}(real.${each})`)
    return {
      format: 'module',
      shortCircuit: true,
      source: [`import * as real from ${real}`, `export * from ${real}`, ...exports].join('\n'),
    }
  },
})
process.argv.splice(2, Infinity, ...rest)
await import('../../src/main.ts')

async function listFaults() {
  const names = readdirSync(new URL('seeded', import.meta.url)).map((file) => file.replace('.ts', ''))
  return Promise.all(
    names.map(async (each) => {
      const { default: given } = (await import(`./seeded/${each}.ts`)) as { default: Fault }
      return { name: each, title: given.title, kills: given.kills, touches: given.touches }
    }),
  )
}
