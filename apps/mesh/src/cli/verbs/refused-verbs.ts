/** Verbs of kubectl's that are not here, and what to do instead. */
import type { Verb } from '../verb.ts'

const refused = (name: string, why: string): Verb => ({ name, summary: `Not supported: ${why}`, refused: why })

const noNodes = 'the pods are processes of this machine, and there are no nodes'

const noTemplates = 'workloads are those of Bookinfo; change their variables with: bookinfo set env'
const noHistory = 'a rollout cannot be undone: set the earlier variables with: bookinfo set env'
const noRoles = 'the mesh has no roles: it takes every command of this machine'
const noLastApplied = 'the mesh keeps objects as they were applied: bookinfo get TYPE NAME -o yaml'
const onCluster = 'it needs a cluster: see docs/kubernetes.md'

export const refusedVerbs: readonly Verb[] = [
  refused('apply view-last-applied', noLastApplied),
  refused('apply edit-last-applied', noLastApplied),
  refused('apply set-last-applied', noLastApplied),
  refused('set image', noTemplates),
  refused('set resources', noTemplates),
  refused('set selector', 'services are those of Bookinfo; choose pods in a DestinationRule by subsets'),
  refused('set serviceaccount', noTemplates),
  refused('set subject', noRoles),
  refused('rollout history', 'the mesh keeps no history of rollouts: see where one is with: bookinfo rollout status'),
  refused('rollout undo', noHistory),
  refused('rollout pause', 'a rollout takes only a second'),
  refused('rollout resume', 'a rollout is never paused'),
  refused('expose', 'every workload has its service; declare other hosts in a ServiceEntry'),
  refused('run', 'the mesh runs the workloads of Bookinfo; start more of one with: bookinfo scale; call as one with: bookinfo exec'),
  refused('autoscale', 'set the number of pods with: bookinfo scale'),
  refused('certificate', 'make the Secret of a certificate with: bookinfo create secret tls'),
  refused('cluster-info dump', 'see everything with: bookinfo get all -A -o yaml, and bookinfo status'),
  refused('top node', `${noNodes}; see what pods use with: bookinfo top pod`),
  refused('cordon', noNodes),
  refused('uncordon', noNodes),
  refused('drain', `${noNodes}; take a workload out with: bookinfo scale --replicas=0`),
  refused('taint', noNodes),
  refused('attach', 'follow what a pod writes with: bookinfo logs -f'),
  refused('proxy', 'the API of the mesh listens on this machine already: http://localhost:20001'),
  refused('cp', 'the pods are processes of this machine: use cp itself'),
  refused('auth reconcile', noRoles),
  refused('auth whoami', noRoles),
  refused('debug', 'see why a request goes where it goes with: bookinfo explain; call as a pod with: bookinfo exec'),
  refused('events', 'see what happened to an object with: bookinfo describe, to a pod with: bookinfo logs -p'),
  refused('kustomize', 'build with kubectl kustomize DIR; apply what is built with: bookinfo apply -k DIR'),
  refused('config', 'there is one mesh and no kubeconfig: CONSOLE_PORT=PORT names another mesh, -n NAMESPACE a namespace'),
  refused('plugin', 'there are no plugins'),
  refused('completion powershell', 'scripts are for bash, zsh and fish: bookinfo completion bash'),
  ...['clusterrole', 'clusterrolebinding', 'role', 'rolebinding', 'token'].map((kind) => refused(`create ${kind}`, noRoles)),
  ...['configmap', 'priorityclass', 'quota', 'poddisruptionbudget', 'serviceaccount', 'cronjob', 'job', 'ingress'].map((kind) =>
    refused(`create ${kind}`, onCluster),
  ),
  refused('create deployment', 'the mesh runs the workloads of Bookinfo; start more of one with: bookinfo scale'),
  ...['service', 'service clusterip', 'service externalname', 'service loadbalancer', 'service nodeport'].map((kind) =>
    refused(`create ${kind}`, 'every workload has its service; declare other hosts in a ServiceEntry'),
  ),
  refused('create secret docker-registry', 'the local mesh pulls no images'),
  refused('alpha', 'there are no trial commands'),
]
