/** The form that Kubernetes gives every object. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    labels?: Readonly<Record<string, string>>
    annotations?: Readonly<Record<string, string>>
    /** RFC 3339, whole seconds. */
    creationTimestamp?: string
    deletionTimestamp?: string
    [field: string]: unknown
  }
  [field: string]: unknown
}

/** Kubernetes' times: whole seconds. */
export const timestamp = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
