/**
 * Runs a command many times in a row while busy loops keep the processors loaded: what depends on how fast the machine is fails here.
 *     npm run under-load -- --times 20 --loops 4 -- npm test
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'

const usage = `Usage: npm run under-load -- [--times N] [--loops M] [--strange] -- COMMAND...
  --times N    runs of the command, one after the other (1)
  --loops M    busy loops next to it (4)
  --strange    in an unusual shell: colours forced, another time zone, language and home folder, a proxy that refuses everything,
               and other programs on the ports 8080, 9411 and 20001
Prints one line per run and keeps its output in a file. Ends with 1 if a run failed.`

/** The shell of another user: nothing in it may change the result of a test. */
const strangeShell = (home: string) => ({
  FORCE_COLOR: '1',
  TZ: 'Asia/Kathmandu',
  LANG: 'tr_TR.UTF-8',
  LC_ALL: 'tr_TR.UTF-8',
  HOME: home,
  HTTP_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
})

/** Ports of `npm start`, held until the end. @throws when one is taken already. */
async function holdPorts(ports: readonly number[]) {
  for (const port of ports) await once(createServer((socket) => socket.destroy()).listen(port), 'listening')
}

/** What a run is known by: its last line that counts tests, else its last line. */
export function summary(output: string): string {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
  return lines.findLast((line) => /^\d+ passed, \d+ failed, \d+ skipped$/.test(line)) ?? lines.at(-1) ?? ''
}

async function run(command: readonly string[], env: NodeJS.ProcessEnv, log: string) {
  const file = createWriteStream(log)
  let output = ''
  const child = spawn(command[0]!, command.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] })
  process.once('exit', () => child.kill())
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (file.write(chunk), (output += chunk.toString())))
  const [code] = (await once(child, 'close')) as [number | null]
  file.end()
  await finished(file)
  return { code, output }
}

async function main() {
  const { values, positionals: command } = parseArgs({
    options: {
      times: { type: 'string', default: '1' },
      loops: { type: 'string', default: '4' },
      strange: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  })
  const [times, loops] = [Number(values.times), Number(values.loops)]
  if (values.help || command.length === 0 || !Number.isInteger(times) || times < 1 || !Number.isInteger(loops) || loops < 0) {
    console.log(usage)
    return values.help ? 0 : 2
  }
  const folder = mkdtempSync(join(tmpdir(), 'under-load-'))
  // A result that Nx has kept would say nothing.
  const env = { ...process.env, NX_SKIP_NX_CACHE: 'true', ...(values.strange && strangeShell(folder)) }
  if (values.strange) await holdPorts([8080, 9411, 20001])
  const busy: ChildProcess[] = []
  process.once('exit', () => busy.forEach((loop) => loop.kill('SIGKILL')))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  for (let i = 0; i < loops; i++) busy.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))

  let green = 0
  for (let i = 1; i <= times; i++) {
    const log = join(folder, `${i}.log`)
    const start = performance.now()
    const { code, output } = await run(command, env, log)
    if (code === 0) green++
    console.log(
      `${i}: ${code === 0 ? 'green' : `exit code ${code}`}, ${Math.round((performance.now() - start) / 1000)} s, ${summary(output)} (${log})`,
    )
  }
  console.log(`${green} of ${times} green, with ${loops} busy loops${values.strange ? ', in an unusual shell' : ''}`)
  return green === times ? 0 : 1
}

if (import.meta.main) process.exit(await main())
