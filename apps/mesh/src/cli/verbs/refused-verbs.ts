/** Verbs of kubectl's that are not here, and what to do instead. */
import type { Verb } from '../verb.ts'

const refused = (name: string, why: string): Verb => ({ name, summary: `Not supported: ${why}`, refused: why })

const noNodes = 'the pods are processes of this machine, and there are no nodes'

export const refusedVerbs: readonly Verb[] = [
  refused('expose', 'every workload has its service; declare other hosts in a ServiceEntry'),
  refused('run', 'the mesh runs the workloads of Bookinfo; start more of one with: bookinfo scale'),
  refused('autoscale', 'set the number of pods with: bookinfo scale'),
  refused('certificate', 'make the Secret of a certificate with: bookinfo create secret tls'),
  refused('cluster-info', 'see the addresses of the mesh with: bookinfo status'),
  refused('top', 'see rates and latencies with: bookinfo status; the pods are processes: use top itself'),
  refused('cordon', noNodes),
  refused('uncordon', noNodes),
  refused('drain', `${noNodes}; take a workload out with: bookinfo scale --replicas=0`),
  refused('taint', noNodes),
  refused('attach', 'follow what a pod writes with: bookinfo logs'),
  refused('proxy', 'the API of the mesh listens on this machine already: http://localhost:20001'),
  refused('cp', 'the pods are processes of this machine: use cp itself'),
  refused('auth', 'the mesh takes commands of everyone on this machine'),
  refused('debug', 'see why a request goes where it goes with: bookinfo explain'),
  refused('events', 'see what happened with: bookinfo status, bookinfo logs POD, and the console'),
  refused('kustomize', 'build with kubectl, and apply: kubectl kustomize DIR | bookinfo apply -f -'),
  refused('api-versions', 'the kinds and versions are listed in docs/rules.md'),
  refused('config', 'there is nothing to configure: CONSOLE_PORT=PORT names the mesh'),
  refused('plugin', 'there are no plugins'),
  refused('alpha', 'there are no trial commands'),
]
