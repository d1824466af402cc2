/** Flags that several verbs have, by kubectl's names. */
import type { Flag } from './flag-reader.ts'

/** A flag that is not taken; `why` says what to do instead. */
export const refused = (name: string, takes: Flag['takes'], why: string, short?: string): Flag => ({
  name,
  takes,
  summary: `Not supported: ${why}`,
  refused: why,
  ...(short !== undefined && { short }),
})

const oneMesh = 'there is one cluster here, the mesh that runs on this machine; CONSOLE_PORT=PORT names another one'
const noSignIn = 'the mesh listens on this machine only, and takes commands without a sign-in'
const noTls = 'the API of the mesh is plain HTTP on this machine'
const noTrace = 'call the API with curl to see requests: it is described at http://localhost:20001/openapi.json'
const noProfile = 'run it by hand instead: node --cpu-prof'

/** Every verb has these. A verb's own flag of the same name hides them. */
export const globalFlags: readonly Flag[] = [
  {
    name: 'namespace',
    short: 'n',
    takes: 'text',
    value: 'NAMESPACE',
    default: 'default',
    summary: 'Namespace of the objects',
  },
  { name: 'help', short: 'h', takes: 'switch', summary: 'Help for the command' },
  {
    name: 'request-timeout',
    takes: 'text',
    value: 'DURATION',
    default: '30s',
    summary: 'How long to wait for an answer of the mesh; 0: no limit',
  },
  { name: 'warnings-as-errors', takes: 'switch', summary: 'Exit with 1 when the mesh warns' },
  refused('context', 'text', oneMesh),
  refused('kubeconfig', 'text', oneMesh),
  refused('kuberc', 'text', 'set aliases and defaults in your shell'),
  refused('cluster', 'text', oneMesh),
  refused('server', 'text', 'set CONSOLE_PORT=PORT instead', 's'),
  refused('user', 'text', noSignIn),
  refused('username', 'text', noSignIn),
  refused('password', 'text', noSignIn),
  refused('token', 'text', noSignIn),
  refused('as', 'text', noSignIn),
  refused('as-group', 'texts', noSignIn),
  refused('as-uid', 'text', noSignIn),
  refused('as-user-extra', 'texts', noSignIn),
  refused('certificate-authority', 'text', noTls),
  refused('client-certificate', 'text', noTls),
  refused('client-key', 'text', noTls),
  refused('insecure-skip-tls-verify', 'switch', noTls),
  refused('tls-server-name', 'text', noTls),
  refused('cache-dir', 'text', 'nothing is cached'),
  refused('disable-compression', 'switch', 'nothing is compressed'),
  refused('match-server-version', 'switch', 'compare the two lines of: bookinfo version'),
  refused('v', 'text', noTrace, 'v'),
  refused('vmodule', 'text', noTrace),
  refused('log-flush-frequency', 'text', noTrace),
  refused('profile', 'text', noProfile),
  refused('profile-output', 'text', noProfile),
]

export const allNamespaces: Flag = { name: 'all-namespaces', short: 'A', takes: 'switch', summary: 'In all namespaces' }

export const selector: Flag = {
  name: 'selector',
  short: 'l',
  takes: 'text',
  value: 'LABELS',
  summary: 'Only objects with these labels: app=reviews,version!=v1, app in (reviews, ratings), version, !version',
}

export const fieldSelector: Flag = {
  name: 'field-selector',
  takes: 'text',
  value: 'FIELDS',
  summary: 'Only objects with these values: metadata.name=NAME, metadata.namespace=NAMESPACE, status.phase=Running',
}

export const all: Flag = { name: 'all', takes: 'switch', summary: 'All of the kind in the namespace' }

export const ignoreNotFound: Flag = { name: 'ignore-not-found', takes: 'switch', summary: 'A missing object is not an error' }

/** `-f` and what goes with it. */
export const fileFlags: readonly Flag[] = [
  {
    name: 'filename',
    short: 'f',
    takes: 'list',
    value: 'FILE',
    summary: 'File, folder or URL of manifests, or - for standard input; several, also separated by commas',
  },
  { name: 'recursive', short: 'R', takes: 'switch', summary: 'Read folders inside of folders too' },
  { name: 'kustomize', short: 'k', takes: 'text', value: 'DIR', summary: 'A kustomization, built by the kubectl or kustomize on PATH' },
]

export const dryRun: Flag = {
  name: 'dry-run',
  takes: 'text',
  bare: 'unchanged',
  default: 'none',
  value: 'client|server',
  allowed: ['none', 'server', 'client'],
  summary: 'Check only, and change nothing',
}

const templates = 'go-templates are not supported; use -o jsonpath=TEMPLATE'

/** Flags of kubectl's printers that need no work here. */
export const printerFlags: readonly Flag[] = [
  {
    name: 'allow-missing-template-keys',
    takes: 'switch',
    default: 'true',
    summary: 'A field that is missing prints nothing; =false: it is an error',
  },
  { name: 'show-managed-fields', takes: 'switch', summary: 'Accepted without effect: objects have no managedFields here' },
  refused('template', 'text', templates),
]

export const output = (...allowed: readonly string[]): Flag => ({
  name: 'output',
  short: 'o',
  takes: 'text',
  value: allowed.join('|'),
  allowed,
  summary: 'Format of what is printed',
})

/** Formats of `get`. */
export const getFormats = [
  'json',
  'yaml',
  'name',
  'wide',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'custom-columns',
  'custom-columns-file',
] as const

/** Formats of verbs that change an object and may print it. */
export const objectFormats = ['json', 'yaml', 'name', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file'] as const

export const fieldManager: Flag = {
  name: 'field-manager',
  takes: 'text',
  value: 'NAME',
  summary: 'Accepted without effect: fields have no owners here',
}

export const validate: Flag = {
  name: 'validate',
  takes: 'text',
  bare: 'strict',
  default: 'strict',
  allowed: ['strict', 'true', 'warn', 'ignore', 'false'],
  summary: 'Accepted without effect: invalid objects are always refused',
}

export const chunkSize: Flag = {
  name: 'chunk-size',
  takes: 'number',
  value: '500',
  summary: 'Accepted without effect: a list is one answer',
}

/** How something is deleted; processes leave gracefully, rules at once. */
export const deletionFlags: readonly Flag[] = [
  {
    name: 'cascade',
    takes: 'text',
    bare: 'background',
    default: 'background',
    allowed: ['background', 'foreground', 'orphan', 'true', 'false'],
    summary: 'Accepted without effect: nothing depends on a rule',
  },
  { name: 'force', takes: 'switch', summary: 'With --grace-period=0: kill a pod at once' },
  { name: 'grace-period', takes: 'number', value: 'SECONDS', default: '-1', summary: 'How long a pod may take to leave' },
  { name: 'timeout', takes: 'duration', value: '0s', summary: 'How long to wait until it is gone; 0: as long as it takes' },
]
