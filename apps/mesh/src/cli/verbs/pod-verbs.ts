/** Verbs that act on pods and workloads. */
import { all, allNamespaces, dryRun, fieldManager, printerFlags, refused as notTaken, selector } from '../common-flags.ts'
import type { Flag } from '../flag-reader.ts'
import type { Verb } from '../verb.ts'

const outputFlag = notTaken('output', 'text', 'see the object with: bookinfo get TYPE NAME -o yaml', 'o')
const podRunning = notTaken('pod-running-timeout', 'duration', 'wait for a pod with: bookinfo wait --for=condition=Ready pod/NAME')
const recursive: Flag = { name: 'recursive', short: 'R', takes: 'switch', summary: 'Accepted without effect: there are no files' }
const noFiles = [
  notTaken('filename', 'list', 'name the workload: deployment/NAME', 'f'),
  notTaken('kustomize', 'text', 'name the workload: deployment/NAME', 'k'),
  recursive,
]
const container = (summary: string): Flag => ({ name: 'container', short: 'c', takes: 'text', value: 'NAME', summary })

export const podVerbs: readonly Verb[] = [
  {
    name: 'logs',
    summary: "Show what a pod wrote, or its proxy's access log",
    usage: ['POD [-c istio-proxy]', 'TYPE/NAME [-f]', '-l LABELS [--prefix]'],
    examples: ['logs deploy/reviews-v2 -f', 'logs -l app=reviews --prefix', 'logs -n istio-system deploy/istio-ingressgateway'],
    flags: [
      container('The workload, or istio-proxy: the access log of its proxy'),
      {
        name: 'tail',
        takes: 'number',
        value: 'N',
        default: '-1',
        summary: 'Number of lines from the end; -1: all that are kept; with -l: 10',
      },
      { name: 'follow', short: 'f', takes: 'switch', summary: 'Go on until the process ends' },
      { name: 'previous', short: 'p', takes: 'switch', summary: 'Output of the previous process' },
      selector,
      { name: 'all-containers', takes: 'switch', summary: 'The workload and its proxy' },
      { name: 'all-pods', takes: 'switch', summary: 'All pods of the workload' },
      { name: 'prefix', takes: 'switch', summary: 'Begin each line with its pod and container' },
      { name: 'since', takes: 'duration', value: '5m', summary: 'Only lines that are not older' },
      { name: 'since-time', takes: 'text', value: 'TIME', summary: 'Only lines since 2026-01-02T15:04:05Z' },
      { name: 'timestamps', takes: 'switch', summary: 'Begin each line with its time' },
      { name: 'limit-bytes', takes: 'number', value: 'N', default: '0', summary: 'End after so many bytes; 0: no limit' },
      { name: 'max-log-requests', takes: 'number', value: 'N', default: '5', summary: 'Most logs to follow at once' },
      { name: 'ignore-errors', takes: 'switch', summary: 'Accepted without effect: logs are read at once' },
      podRunning,
      notTaken('insecure-skip-tls-verify-backend', 'switch', 'the API of the mesh is plain HTTP on this machine'),
    ],
    run: async () => (await import('../logs.ts')).logs,
  },
  {
    name: 'exec',
    summary: 'Run curl as a pod: through its proxy, with its identity; also env, printenv and sh -c with curl',
    usage: ['POD [-c NAME] -- COMMAND', 'deploy/NAME -- curl URL'],
    examples: ['exec deploy/ratings-v1 -- curl -s http://productpage:9080/productpage', 'exec deploy/reviews-v2 -- env'],
    flags: [
      container("The workload's own; a proxy runs no commands"),
      { name: 'stdin', short: 'i', takes: 'switch', summary: 'Pass standard input to the command' },
      { name: 'tty', short: 't', takes: 'switch', summary: 'Accepted without effect: the command has this terminal' },
      { name: 'quiet', short: 'q', takes: 'switch', summary: 'Accepted without effect: only the command writes' },
      notTaken('filename', 'list', 'name the pod or the workload: deploy/NAME', 'f'),
      podRunning,
    ],
    run: async () => (await import('../exec.ts')).exec,
  },
  {
    name: 'port-forward',
    summary: 'Forward a port of this machine to a pod, past its proxy, or to the gateway, until Ctrl-C',
    usage: ['POD [LOCAL:]REMOTE…', 'deploy/NAME [LOCAL:]REMOTE…', 'svc/NAME [LOCAL:]REMOTE…'],
    examples: ['port-forward deploy/ratings-v1 9080', 'port-forward -n istio-system svc/istio-ingressgateway 8000:80'],
    flags: [{ name: 'address', takes: 'list', value: 'ADDRESS', summary: 'Where to listen: localhost, or IP addresses' }, podRunning],
    run: async () => (await import('../port-forward.ts')).portForward,
  },
  { name: 'set', summary: 'Change the environment of a workload' },
  {
    name: 'set env',
    summary: 'Change environment variables of a workload and restart its pods',
    usage: ['deployment/NAME KEY=VALUE… KEY-…', 'deployment/NAME --list'],
    examples: ['set env deploy/reviews-v2 STAR_COLOR=blue', 'set env deploy/reviews-v2 STAR_COLOR-', 'set env deploy/reviews-v2 --list'],
    flags: [
      { name: 'env', short: 'e', takes: 'texts', value: 'KEY=VALUE', summary: 'A variable; -: lines of standard input' },
      { name: 'list', takes: 'switch', summary: 'Show the variables' },
      { name: 'overwrite', takes: 'switch', default: 'true', summary: '=false: refuse to change what is set' },
      { name: 'containers', short: 'c', takes: 'text', value: 'NAME', default: '*', summary: 'Which container' },
      all,
      selector,
      dryRun,
      fieldManager,
      ...printerFlags,
      outputFlag,
      ...noFiles,
      notTaken('from', 'text', 'give the values themselves: NAME=VALUE'),
      notTaken('keys', 'list', 'give the values themselves: NAME=VALUE'),
      notTaken('prefix', 'text', 'give the whole names: NAME=VALUE'),
      notTaken('resolve', 'switch', 'values refer to nothing here'),
      notTaken('local', 'switch', 'the mesh that runs is what changes; see a change first with --list'),
    ],
    run: async () => (await import('../set-env.ts')).setEnv,
  },
  { name: 'rollout', summary: 'Restart the pods of a workload, and follow the progress' },
  {
    name: 'rollout restart',
    summary: 'Start new pods of a workload, then end the old ones',
    usage: ['deployment NAME…', 'deployment/NAME…'],
    examples: ['rollout restart deployment/reviews-v2'],
    flags: [selector, fieldManager, ...printerFlags, outputFlag, ...noFiles],
    run: async () => (await import('../rollout.ts')).rolloutRestart,
  },
  {
    name: 'rollout status',
    summary: 'Watch until the new pods of a workload serve and the old ones are gone',
    usage: ['deployment NAME…', 'deployment/NAME…'],
    examples: ['rollout status deployment/reviews-v2 --timeout=60s'],
    flags: [
      { name: 'watch', short: 'w', takes: 'switch', default: 'true', summary: '=false: say it once' },
      { name: 'timeout', takes: 'duration', value: '0s', default: '0s', summary: 'How long; 0: as long as it takes' },
      { name: 'revision', takes: 'number', value: 'N', default: '0', summary: 'An error when another rollout took over from this one' },
      selector,
      ...noFiles,
    ],
    run: async () => (await import('../rollout.ts')).rolloutStatus,
  },
  { name: 'top', summary: 'Show the CPU and memory that pods use' },
  {
    name: 'top pod',
    aliases: ['pods', 'po'],
    summary: "Show CPU and memory of the pods' processes",
    usage: ['[POD | -l LABELS]'],
    examples: ['top pod --sort-by=memory'],
    flags: [
      allNamespaces,
      selector,
      { name: 'sort-by', takes: 'text', allowed: ['cpu', 'memory'], value: 'cpu|memory', summary: 'The largest first' },
      { name: 'no-headers', takes: 'switch', summary: 'Without the titles' },
      notTaken('containers', 'switch', 'a pod is one process, and its proxy a part of the mesh'),
      notTaken('field-selector', 'text', 'use -l LABELS or a name'),
      notTaken('sum', 'switch', 'add them up with awk'),
      notTaken('use-protocol-buffers', 'switch', 'the system is asked, not a server'),
    ],
    run: async () => (await import('../top.ts')).topPod,
  },
]
