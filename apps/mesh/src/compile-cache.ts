import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Folder of compiled code that the mesh, its workloads and the CLI share. */
export const compileCache = join(tmpdir(), `bookinfo-compile-cache-${userInfo().username}`)
