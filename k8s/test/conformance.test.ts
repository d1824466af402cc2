/** The conformance suite as a Job: what it may do, and how it runs. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { load, root } from './manifests.ts'

interface Rule {
  apiGroups: string[]
  resources: string[]
  resourceNames?: string[]
  verbs: string[]
}

const rights = load('conformance/rights.yaml') as unknown as { kind: string; rules: Rule[] }[]
const { rules } = rights.find(({ kind }) => kind === 'Role')!
const [job] = load('conformance/job.yaml')
const { spec } = job!.spec.template
const [container] = spec.containers

describe('its rights', () => {
  test('are of one namespace', () => {
    expect(rights.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding'])
  })

  test('are rules of exactly the kinds that checks have', () => {
    const texts = globSync('../apps/conformance/checks/*.yaml', { cwd: root }).map((file) => readFileSync(root + file, 'utf8'))
    const kinds = texts.flatMap((text) => [...text.matchAll(/^apiVersion: (.+)\/.+\nkind: (.+)$/gm)])
    const used = new Set(kinds.map(([, group, kind = '']) => `${group} ${kind.toLowerCase().replace(/([^aeiou])y$/, '$1ie')}s`))
    const given = rules
      .filter(({ verbs }) => verbs.includes('delete'))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${apiGroups[0]} ${resource}`))
    expect(given.toSorted()).toEqual([...used].toSorted())
  })

  test('are nothing else but to reach pods, read their logs, see the ports of one Service, and write one ConfigMap', () => {
    const others = rules.filter(({ verbs }) => !verbs.includes('delete'))
    expect(others).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['services'], resourceNames: ['reviews'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/portforward'], verbs: ['create', 'get'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['bookinfo-conformance'], verbs: ['get', 'patch'] },
    ])
  })
})

test('its pod is restricted, outside of the mesh, and runs once', () => {
  expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } })
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(job!.spec.template.metadata.labels['sidecar.istio.io/inject']).toBe('false')
  expect([job!.spec.backoffLimit, spec.restartPolicy]).toEqual([0, 'Never'])
})

test('the report goes where the suite may write it', () => {
  const [report] = load('conformance/report.yaml')
  expect(container.args).toContain(`--configmap=${report!.metadata.name}`)
  const writable = rules.filter(({ verbs }) => verbs.includes('patch') && !verbs.includes('delete'))
  expect(writable.flatMap(({ resourceNames = [] }) => resourceNames)).toEqual([report!.metadata.name])
})
