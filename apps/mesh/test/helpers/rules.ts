/** Rules for tests, as short as they can be: one VirtualService and one DestinationRule for reviews. */

/** `http` is a YAML list of routes, indented by two. */
export const virtualService = (http: string, host = 'reviews') => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${host}
spec:
  hosts: [${host}]
  http:
${http.replaceAll(/^/gm, '  ')}
---
`

/** `policy` is YAML of a trafficPolicy on one line. */
export const destinationRule = (policy = '{}', host = 'reviews') => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${host}
spec:
  host: ${host}
  trafficPolicy: ${policy}
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
  - {name: v3, labels: {version: v3}}
---
`

export const toV = (version: number, more = '') => `- route: [{destination: {host: reviews, subset: v${version}}}]${more && `\n  ${more}`}`
