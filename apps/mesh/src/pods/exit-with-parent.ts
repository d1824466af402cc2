/**
 * Loaded before a workload's own main.ts: ends the process when the mesh is gone, however it went. The mesh holds the other end of stdin.
 * The workload drains as on SIGTERM, which Windows does not have: there the mesh stops a pod by closing its stdin.
 */
const leave = () => process.emit('SIGTERM', 'SIGTERM') || process.exit(143)

process.stdin.once('end', leave).once('error', leave).resume()
// A service that has nothing left to do may still end by itself.
const { stdin } = process as { stdin: { unref?: () => void } }
stdin.unref?.()
