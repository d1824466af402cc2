/** Runs many command lines of `bookinfo` in one process: a list of words each on standard input; what came of each goes to the file that is named. */
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { runAndReport } from '../../src/cli/commands.ts'

let [stdout, stderr] = ['', '']
process.stdout.write = (chunk: string | Uint8Array) => {
  stdout += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  return true
}
process.stderr.write = (chunk: string | Uint8Array) => {
  stderr += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  return true
}

/** As src/cli.ts does it. */
async function type(args: readonly string[]) {
  ;[stdout, stderr] = ['', '']
  const code = await runAndReport(args)
  return { code, stdout, stderr }
}

const results = []
for (const args of JSON.parse(await text(process.stdin)) as string[][]) results.push(await type(args))
writeFileSync(process.argv[2]!, JSON.stringify(results))
