import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Folder of compiled code that the mesh, its workloads and the CLI share. A container's user may have a number and no name. */
export const compileCache = join(tmpdir(), `bookinfo-compile-cache-${process.getuid?.() ?? userInfo().username}`)
