/** What a command needs to call as a pod does: its proxy for every plain-HTTP call, its own port on localhost, and a curl. */
import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { servicePort } from '../topology.ts'
import { podEnvironment } from './pod-environment.ts'
import type { RunningPod } from './pod-words.ts'

/** Runs `use` with an environment in which curl calls as that pod, and removes its temporary files. */
export async function withPodTools<T>(running: RunningPod, use: (environment: NodeJS.ProcessEnv) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bookinfo-exec-'))
  try {
    const { pod, workload } = running
    // The pod's own configuration of curl, not the user's; and the pod's own port, which its proxy does not intercept.
    const own = ['localhost', '127.0.0.1', '[::1]'].map((host) => `connect-to = "${host}:${servicePort}:${pod.address}"\n`)
    writeFileSync(join(folder, '.curlrc'), own.join(''))
    const path = process.env['PATH'] ?? ''
    if (!hasCurl(path)) writeSmallCurl(folder)
    const environment = pod.pid === null ? {} : await podEnvironment(running)
    return await use({
      ...environment,
      PATH: `${folder}${delimiter}${path}`,
      CURL_HOME: folder,
      http_proxy: `http://127.0.0.1:${workload.outbound['*']}`,
      https_proxy: `http://127.0.0.1:${workload.outbound['*']}`,
      // What is said to localhost stays in the pod.
      no_proxy: 'localhost,127.0.0.1,::1',
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const hasCurl = (path: string) =>
  path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder || '.', process.platform === 'win32' ? 'curl.exe' : 'curl'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** A curl of Node's for machines that have none. */
function writeSmallCurl(folder: string) {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const file = join(folder, 'curl')
  writeFileSync(
    file,
    `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(fileURLToPath(new URL(`./small-curl${extname(import.meta.url)}`, import.meta.url)))} "$@"\n`,
  )
  chmodSync(file, 0o755)
}
