import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: "The workload receives its caller's identity",
  features: ['PeerIdentity'],
  needs: ['client-certificate'],
  hosts: ['ratings'],
  async run({ call, expect, note }) {
    const [answer] = await call({ to: 'ratings' })
    expect('answered', answer ? [answer] : [], ok())
    const peer = answer?.echo?.peer ?? 'none'
    note('peer', fact('spiffe://…/sa/bookinfo-productpage', peer, /^spiffe:\/\/[^/]+\/ns\/[^/]+\/sa\/bookinfo-productpage$/.test(peer)))
  },
})
