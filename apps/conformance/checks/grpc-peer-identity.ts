import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'

export default check({
  title: 'The identity of the caller reaches the workload by gRPC too',
  features: ['Grpc', 'PeerIdentity'],
  needs: ['grpc'],
  async run({ grpc, expect, note }) {
    const [answer] = await grpc()
    expect('the call', [answer!], grpcOk())
    const peer = answer!.echo?.peer ?? 'none'
    note('peer', fact('spiffe://…/sa/bookinfo-productpage', peer, /^spiffe:\/\/.*\/sa\/bookinfo-productpage$/.test(peer)))
  },
})
