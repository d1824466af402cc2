/** Verbs that act on what runs. */
import { all, dryRun, printerFlags, refused, selector } from '../common-flags.ts'
import type { Verb } from '../verb.ts'

export const workloadVerbs: readonly Verb[] = [
  {
    name: 'scale',
    summary: 'Set how many pods a workload has',
    usage: ['deployment NAME --replicas=N', 'deployment/NAME --replicas=N'],
    examples: ['scale deployment reviews-v2 --replicas=3'],
    flags: [
      { name: 'replicas', takes: 'number', value: 'N', summary: 'Number of pods' },
      { name: 'current-replicas', takes: 'number', value: 'N', default: '-1', summary: 'Only when it has this many now' },
      { name: 'timeout', takes: 'duration', value: '0s', default: '0s', summary: 'How long to wait until they serve; 0: do not wait' },
      all,
      selector,
      dryRun,
      ...printerFlags,
      refused('output', 'text', 'see it with: bookinfo get deployment NAME -o yaml', 'o'),
      refused('resource-version', 'text', 'objects have no versions: the last change wins'),
      refused('filename', 'list', 'name the workload: deployment/NAME', 'f'),
      refused('kustomize', 'text', 'name the workload: deployment/NAME', 'k'),
      { name: 'recursive', short: 'R', takes: 'switch', summary: 'Accepted without effect: there are no files' },
    ],
    run: async () => (await import('../scale.ts')).scale,
  },
]
