/** The Gateway API's ConformanceReport (gateway.networking.k8s.io/v1), with this suite's features as extended ones of the mesh profile. */
import { stringify } from 'yaml'
import type { Report } from './report.ts'

/** The version of the Gateway API whose form of HTTPRoute the checks are written in. */
const gatewayApiVersion = 'v1.4.0'

export function gatewayApi(report: Report): string {
  const results = report.results.filter(({ profile }) => profile === 'gateway-api')
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length
  const featuresWith = (outcome: string) =>
    [...new Set(results.filter((result) => result.outcome === outcome).flatMap(({ features }) => features))].toSorted()
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
  const unsupported = featuresWith('unsupported')
  const supported = featuresWith('passed').filter((feature) => !unsupported.includes(feature))
  return stringify({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ConformanceReport',
    date: report.startedAt,
    gatewayAPIChannel: 'experimental',
    gatewayAPIVersion: gatewayApiVersion,
    mode: 'default',
    implementation: {
      organization: 'bookinfo-conformance',
      project: report.target.name,
      url: report.target.versions['gateway'] ?? '',
      version: Object.entries(report.target.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
      contact: [],
    },
    profiles: [
      {
        name: 'MESH-HTTP',
        summary: `${count('passed')} checks passed, ${failed.length} failed, ${count('unsupported')} are not supported`,
        core: {
          result: failed.length > 0 ? 'failure' : count('unsupported') > 0 ? 'partial' : 'success',
          statistics: { Passed: count('passed'), Failed: failed.length, Skipped: count('unsupported') },
          ...(failed.length > 0 && { failedTests: failed }),
          ...(count('unsupported') > 0 && {
            skippedTests: results.filter(({ outcome }) => outcome === 'unsupported').map(({ name }) => name),
          }),
        },
        extended: {
          result: failed.length > 0 ? 'failure' : 'success',
          statistics: { Passed: 0, Failed: 0, Skipped: 0 },
          supportedFeatures: supported,
          unsupportedFeatures: unsupported,
        },
      },
    ],
    succeededProvisionalTests: [],
  })
}
