/** Verbs that this mesh has and kubectl has not. */
import { fileFlags, output, refused, selector } from '../common-flags.ts'
import type { Flag } from '../flag-reader.ts'
import { startFlags } from '../start-flags.ts'
import type { Verb } from '../verb.ts'

const fieldsElsewhere = 'explain here explains requests; the fields of every kind are listed in docs/rules.md'

const header: Flag = { name: 'header', short: 'H', takes: 'texts', value: "'NAME: VALUE'", summary: 'Header of the request; several' }

export const meshVerbs: readonly Verb[] = [
  {
    name: 'start',
    summary: 'Start the application behind the local mesh, until Ctrl-C',
    usage: ['[--state DIR] [--bare] [--grpc] [--access-log] [--logs]'],
    flags: startFlags,
    run: async () => (await import('../start.ts')).start,
  },
  {
    name: 'explain',
    summary: 'Explain where a request goes and why, hop by hop',
    usage: ['[PATH]', '--from WORKLOAD --service SERVICE [PATH]', "-f FILE --request 'METHOD PATH' [--from WORKLOAD]"],
    examples: [
      'explain --user jason /productpage',
      'explain --from productpage-v1 --service reviews /reviews/0',
      "explain -f rules.yaml --request 'GET /reviews/0' --from productpage",
    ],
    flags: [
      ...fileFlags
        // --recursive is kubectl's, for fields.
        .filter(({ name }) => name !== 'recursive')
        .map((flag) =>
          flag.name === 'filename' ? { ...flag, summary: `Only the rules of these files, without a mesh. ${flag.summary}` } : flag,
        ),
      { name: 'user', short: 'u', takes: 'text', value: 'NAME', summary: 'The signed-in user' },
      header,
      { name: 'request', short: 'X', takes: 'text', value: 'METHOD', summary: "Method of the request (GET), or 'METHOD PATH'" },
      { name: 'from', takes: 'text', value: 'WORKLOAD', summary: 'Workload or app that sends it; default: a browser, through the gateway' },
      {
        name: 'service',
        takes: 'text',
        value: 'HOST',
        summary:
          'Destination: a service, HOST[:PORT], http://HOST[:PORT]/PATH, tcp://HOST:PORT or tls://HOST:PORT; default: the one that the path names',
      },
      refused('recursive', 'switch', fieldsElsewhere),
      refused('api-version', 'text', fieldsElsewhere),
      refused('output', 'text', fieldsElsewhere),
    ],
    run: async () => (await import('../explain.ts')).explain,
  },
  {
    name: 'lint',
    summary: 'Check rule files without a mesh: what is refused, and what cannot do what it says',
    usage: ['-f FILE [-o text|json|sarif]'],
    examples: [
      'lint -f k8s/networking/virtual-service-all-v1.yaml -f k8s/networking/destination-rule-all.yaml',
      'lint -f rules/ -R -o sarif --warnings-as-errors',
    ],
    flags: [
      ...fileFlags,
      { ...output('text', 'json', 'sarif'), default: 'text', summary: 'One line for each finding, JSON, or SARIF 2.1.0 for code hosts' },
    ],
    run: async () => (await import('../lint.ts')).lint,
  },
  {
    name: 'status',
    summary: 'Show workloads, applied objects and traffic',
    run: async () => (await import('../status.ts')).status,
  },
  {
    name: 'traffic',
    summary: 'Send requests to the page at a rate, from the mesh itself',
    usage: ['', '--rate N', 'stop'],
    examples: ['traffic --rate 20 --users jason,anonymous', 'traffic stop'],
    flags: [
      { name: 'rate', takes: 'text', value: 'N', summary: 'Requests per second' },
      { name: 'users', takes: 'list', value: 'NAME,…', summary: 'Users who send them, in turn; anonymous: without signing in' },
      { name: 'path', takes: 'text', value: 'PATH', summary: 'Path of the requests (/productpage)' },
      header,
    ],
    run: async () => (await import('../traffic.ts')).traffic,
  },
  {
    name: 'restart',
    summary: 'Restart the pods of a workload, as rollout restart does',
    usage: ['WORKLOAD…'],
    flags: [selector],
    run: async () => (await import('../rollout.ts')).rolloutRestart,
  },
  {
    name: 'kill',
    summary: 'End a pod, or all pods of a workload, as a crash would',
    usage: ['POD|WORKLOAD'],
    run: async () => (await import('../workloads.ts')).kill,
  },
]
