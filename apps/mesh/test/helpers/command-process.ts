/** Runs commands of the CLI one after the other in one process: what is tested is the words, not the start of a process. */
import { Readable } from 'node:stream'
import { runAndReport } from '../../src/cli/commands.ts'

export interface Ask {
  args: string[]
  input: string
}

export interface Answer {
  code: number
  stdout: string
  stderr: string
}

let last = Promise.resolve()
process.on('message', (ask: Ask) => {
  last = last.then(async () => void process.send!(await run(ask)))
})

async function run({ args, input }: Ask): Promise<Answer> {
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    process[name].write = (text: string | Uint8Array) => {
      printed[name] += String(text)
      return true
    }
  Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true })
  return { code: await runAndReport(args), ...printed }
}
