/** Namespace, `v1`: what counts here stands in its metadata, the labels that a listener's selector chooses routes by. */
import { ignored, list, object, string } from '../schema.ts'

export const namespace = object({ finalizers: ignored('only Kubernetes uses it, to delete objects', list(string())) })
