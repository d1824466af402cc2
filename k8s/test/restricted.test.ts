/** The Pod Security Standard "restricted" (kubernetes.io/docs/concepts/security/pod-security-standards), and what the project asks of its own pods. */
import { describe, expect, test } from 'vitest'
import { workloads } from './manifests.ts'

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']

/** What an injected pod holds is Istio's: its init container needs NET_ADMIN, unless istio-cni does that work. */
const own = workloads.filter(({ file }) => file !== 'injection/productpage-injected.yaml')

describe.each(own.map(({ file, name, pod }) => [`${file} ${name}`, pod.spec]))('%s', (_name, spec) => {
  const containers = [...(spec.initContainers ?? []), ...spec.containers]

  test('is restricted', () => {
    expect(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC ?? false).toBe(false)
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(spec.securityContext.runAsUser).toBeGreaterThan(0)
    for (const volume of spec.volumes ?? []) expect(allowedVolumes).toContain(Object.keys(volume).find((key) => key !== 'name'))
    for (const { securityContext, ports = [] } of containers) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })
      expect(securityContext.capabilities.add ?? []).toEqual([])
      expect(securityContext.privileged ?? false).toBe(false)
      for (const port of ports) expect(port.hostPort).toBeUndefined()
    }
  })

  test('has a read-only root, limits, and an image with a fixed tag', () => {
    for (const { image, securityContext, resources } of containers) {
      expect(securityContext.readOnlyRootFilesystem).toBe(true)
      expect(resources).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      })
      expect(image).toMatch(/^[^:]+:v?\d+(\.\d+)+$/)
    }
  })

  test('has a startup, a readiness and a liveness probe', () => {
    for (const container of spec.containers) {
      expect(container).toMatchObject({
        startupProbe: expect.anything(),
        readinessProbe: expect.anything(),
        livenessProbe: expect.anything(),
      })
    }
  })
})

// Prometheus lists pods, which is what its token is for.
test.each(own.filter(({ name }) => name !== 'prometheus').map(({ file, name, pod }) => [`${file} ${name}`, pod.spec]))(
  '%s gets no service-account token',
  (_name, spec) => {
    expect(spec.automountServiceAccountToken).toBe(false)
  },
)
