import { check } from '../src/check.ts'
import { ok, header, fact } from '../src/checkers.ts'

export default check({
  title: 'Every pod has a sidecar that is ready',
  features: ['Injection'],
  needs: ['sidecar'],
  async run({ call, expect, note, direct }) {
    for (const workload of ['productpage-v1', 'details-v1', 'ratings-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3']) {
      const page = await direct(workload, '/readyz')
      note(workload, fact('ready', page, page.includes('ready')))
    }
    expect('through the sidecars', await call(), ok(), header('server', 'envoy'))
  },
})
