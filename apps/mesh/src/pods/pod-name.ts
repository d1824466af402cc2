/** Names of pods in Kubernetes' form, to look the same as on a cluster. */
import { createHash } from 'node:crypto'

/** Kubernetes leaves out vowels and what looks alike. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `reviews-v2-6f9c8d7b5-x2x9k`: the ReplicaSet's hash follows from the workload, the last part from `seed` (a pod's number). */
export function podName(workload: string, seed: string): string {
  return `${workload}-${letters(workload, 10)}-${letters(`${workload}/${seed}`, 5)}`
}

function letters(text: string, length: number): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('')
}
