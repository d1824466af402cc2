/** A real MariaDB of Debian's, with its own data folder, as a user without rights. */
import { execFile } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { freePort } from '@bookinfo/tools/service-process'
import { serverOf, type DatabaseServer } from './database-server.ts'

const run = promisify(execFile)

/** Debian's unprivileged user and group: MariaDB refuses to run as root. */
const unprivileged = 65_534

/** A server without data, not started yet. Its root signs in at `socket`, without a password. */
export async function mariadbServer(): Promise<DatabaseServer & { socket: string; remove: () => Promise<void> }> {
  // The server itself: the package `mariadb-server` would also start one as the machine's own.
  await ensureDebianPackages(['mariadb-server-core', 'mariadb-client-core'])
  const folder = await mkdtemp(join(tmpdir(), 'mariadb-'))
  const options = process.getuid?.() === 0 ? { uid: unprivileged, gid: unprivileged, cwd: folder } : { cwd: folder }
  if (options.uid !== undefined) await chown(folder, unprivileged, unprivileged)
  const data = join(folder, 'data')
  await run(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    options,
  )
  const port = await freePort()
  const socket = join(folder, 'socket')
  const words = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
  ]
  const server = serverOf(port, ['/usr/sbin/mariadbd', ...words], options)
  return { ...server, socket, remove: () => rm(folder, { recursive: true, force: true }) }
}
