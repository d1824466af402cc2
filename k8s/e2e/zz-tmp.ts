import { ruleCases } from '/work/main/k8s/e2e/support/rule-cases.ts'
import { ask } from '/work/main/k8s/e2e/support/ask.ts'
import { startMesh } from '/work/main/tools/src/mesh-process.ts'
import { Agent } from 'node:http'
const { yaml, requests } = ruleCases(20261122, 60, 10)
if (process.argv[2]) { console.log(yaml); process.exit(0) }
const mesh = await startMesh({ BOOKINFO_PROBE: 'on' })
try { await mesh.apply(yaml)
const agent = new Agent({keepAlive:true}); const c: Record<string, number> = {}
for (const r of requests) { const s = await ask(mesh.gateway, r, agent); const k = s.destination ?? 'status '+s.status; c[k]=(c[k]??0)+1 }
console.log(c) } finally { await mesh.stop() }
