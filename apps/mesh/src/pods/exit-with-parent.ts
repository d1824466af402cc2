/** Loaded before a workload's own main.ts: ends the process when the mesh is gone, however it went. The mesh holds the other end of stdin. */
const leave = () => process.kill(process.pid, 'SIGTERM')

process.stdin.once('end', leave).once('error', leave).resume()
// A service that has nothing left to do may still end by itself.
const { stdin } = process as { stdin: { unref?: () => void } }
stdin.unref?.()
