import { check } from '../src/check.ts'
import { ok, header, servedByService } from '../src/checkers.ts'

export default check({
  title: 'TLS of a workload is passed on with the name that it asks for',
  features: ['TLS'],
  needs: ['tcp'],
  hosts: ['ratings'],
  async run({ call, expect, namespace }) {
    const serverName = `ratings.${namespace}.svc.cluster.local`
    const answers = await call({ scheme: 'tls', to: 'ratings:9083', serverName, count: 5 })
    expect('connections', answers, ok(), servedByService('ratings'), header('server-name', serverName))
  },
})
