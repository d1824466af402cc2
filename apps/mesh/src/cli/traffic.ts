/** `traffic`: requests to the page, sent by the mesh itself. */
import type { TrafficReport } from '../control/traffic.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { readHeaderFlags } from './header-flags.ts'

export async function traffic(typed: Typed): Promise<number> {
  const rate = typed.words[0] === 'stop' ? '0' : typed.text('rate')
  if (rate === undefined) {
    show(await ask<TrafficReport>('GET', '/api/traffic'))
    return 0
  }
  if (!/^\d+(\.\d+)?$/.test(rate)) throw new CliError(`error: invalid argument "${rate}" for "--rate" flag: expected requests per second`)
  const plan = {
    rate: Number(rate),
    ...(typed.has('users') && { users: typed.list('users').map((user) => user.trim()) }),
    path: typed.text('path'),
    headers: readHeaderFlags(typed.list('header')),
  }
  const report = await ask<TrafficReport>('PUT', '/api/traffic', plan)
  console.log(
    report.rate > 0 ? `sending ${report.rate} requests per second to ${report.path} as ${report.users.join(', ')}` : 'traffic stopped',
  )
  return 0
}

function show({ rate, users, path, sent, statuses, skipped }: TrafficReport) {
  console.log(rate > 0 ? `${rate} requests per second to ${path} as ${users.join(', ')}` : 'nothing is sent')
  const answers = Object.entries(statuses).map(([status, count]) => `${status === '0' ? 'none' : status}: ${count}`)
  if (sent > 0) console.log(`${sent} sent, answers ${answers.join(', ') || 'outstanding'}${skipped > 0 ? `, ${skipped} held back` : ''}`)
}
