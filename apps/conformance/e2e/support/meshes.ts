/** Meshes with probes, right or made wrong: the suite knows nothing of them but their addresses. */
import { startMesh } from '@bookinfo/tools/mesh-process'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Starts a wrong mesh; with `--list` it tells which there are. */
const wrongMesh = join(import.meta.dirname, '../../../mesh/test/faults/start.ts')

export interface SeededFault {
  name: string
  title: string
  kills: string[]
  touches: string[]
}

export async function listFaults(): Promise<SeededFault[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [wrongMesh, '--list'])
  return JSON.parse(stdout) as SeededFault[]
}

/** On free ports; with the fault of that name when one is given. */
export const startProbed = (fault?: string) =>
  startMesh({
    env: { BOOKINFO_PROBE: 'on', BOOKINFO_PROBE_HOSTS: 'books.example' },
    ...(fault !== undefined && { script: [wrongMesh, fault] }),
  })
