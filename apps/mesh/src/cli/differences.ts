/** Where output differs from kubectl's for the same objects, and why. k8s/e2e/kubectl.e2e.ts compares the two, and allows these only. */

export interface Difference {
  what: string
  kubectl: string
  here: string
  why: string
}

export const differences: readonly Difference[] = [
  {
    what: 'metadata that a server adds',
    kubectl: 'resourceVersion and the annotation with the last applied configuration are shown',
    here: 'they are not',
    why: 'the mesh keeps an object as it was written, and only its last version',
  },
  {
    what: 'warnings',
    kubectl: "Istio's admission warns of one object at a time",
    here: 'the mesh warns of all rules that are in force, each with its place; get warns of what it shows',
    why: 'a rule is often wrong only together with another one',
  },
  {
    what: 'events of describe',
    kubectl: 'none for rules',
    here: 'the file that an object came from, and what its rules warn of',
    why: 'this is what users look for there',
  },
  {
    what: 'several objects of which one is refused',
    kubectl: 'the others are applied, replaced or created',
    here: 'nothing is changed',
    why: 'related rules take effect together',
  },
  {
    what: 'a field that is not in the API, or a value that is not allowed',
    kubectl: 'Error from server (BadRequest): … strict decoding error: unknown field; The KIND "NAME" is invalid: …',
    here: 'error: FILE#1 KIND NAMESPACE/NAME FIELD: is not a field of this kind; a line for each',
    why: 'every problem is named with its place',
  },
  {
    what: 'a status from a controller, or a default',
    kubectl:
      "Istio writes a ServiceEntry's addresses into its status; an object of the Gateway API is changed at once, so that a second apply says configured",
    here: 'no such status; the second apply says unchanged',
    why: 'only apply changes an object',
  },
  {
    what: 'patch: what is wrong with it',
    kubectl: 'the request is invalid: the server rejected our request due to an error in our request',
    here: 'which operation, and why; --type=merge is named where the default cannot be used',
    why: 'the remedy is in the line',
  },
  {
    what: 'patch --dry-run',
    kubectl: 'patched',
    here: 'patched (server dry run)',
    why: 'as all other verbs do',
  },
  {
    what: 'hints after an error',
    kubectl: "See 'kubectl VERB -h' for help and examples; examples of resources",
    here: 'one line, with the remedy in it',
    why: 'an error is one line here',
  },
  {
    what: 'rollout status of what is not a deployment',
    kubectl: 'no kind "VirtualService" is registered for version …',
    here: 'only deployments, the workloads of Bookinfo, are',
    why: 'the same, with the remedy',
  },
  {
    what: 'go-templates',
    kubectl: '-o go-template, --template',
    here: 'refused: use -o jsonpath=TEMPLATE or -o custom-columns=SPEC',
    why: 'the local mesh has no Go template engine',
  },
  {
    what: 'processes instead of containers',
    kubectl: 'pods have an IP address, a node, a hash of their template; deployments have images; services have a cluster IP',
    here: 'pods have an address and a port of this machine; deployments have commands; services have no IP address',
    why: 'pods are processes of this machine',
  },
]
