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
]
