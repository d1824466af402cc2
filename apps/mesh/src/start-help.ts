/** What `npm start -- --help` prints: the flags of `bookinfo start`, and the variables of the mesh. */
import { environmentHelp } from '@bookinfo/contracts/environment-help'
import { flagTable } from './cli/help.ts'
import { startFlags } from './cli/start-flags.ts'
import { MeshVariables, RemoteVariables } from './config.ts'

export function help(): string {
  return `Bookinfo and its mesh on this machine.

Usage: npm start [-- options]

Options:
${flagTable([...startFlags, { name: 'help', short: 'h', takes: 'switch', summary: 'Show this text' }])}

Environment:
${environmentHelp(MeshVariables, RemoteVariables)}

Other variables, such as FLOOD_FACTOR or DROP_HEADERS, are passed to the workloads.
Rules are applied with: npx bookinfo apply -f FILE
`
}
