/** Verbs that act on what runs. */
import type { Verb } from '../verb.ts'

export const workloadVerbs: readonly Verb[] = [
  {
    name: 'scale',
    summary: 'Set how many pods a workload has',
    usage: ['deployment NAME --replicas=N', 'deployment/NAME --replicas=N'],
    examples: ['scale deployment reviews-v2 --replicas=3'],
    flags: [{ name: 'replicas', takes: 'number', value: 'N', summary: 'So many pods' }],
    run: async () => (await import('../workloads.ts')).scale,
  },
  { name: 'rollout', summary: 'Start the pods of a workload anew' },
  {
    name: 'rollout restart',
    summary: 'New pods first, then the old ones go',
    usage: ['deployment NAME', 'deployment/NAME'],
    run: async () => (await import('../workloads.ts')).restart,
  },
  {
    name: 'logs',
    summary: "Show a pod's last lines, or its proxy's access log",
    usage: ['POD', 'TYPE/NAME', 'POD -c istio-proxy'],
    examples: ['logs deploy/reviews-v2', 'logs -n istio-system deploy/istio-ingressgateway'],
    flags: [
      { name: 'container', short: 'c', takes: 'text', value: 'NAME', summary: 'istio-proxy: the access log of its proxy' },
      { name: 'tail', takes: 'number', value: 'N', default: '-1', summary: 'So many of the last lines; -1: all that are kept' },
    ],
    run: async () => (await import('../workloads.ts')).logs,
  },
]
