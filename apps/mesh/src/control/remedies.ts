/** Warnings that a ready-made file would end say so. */
import type { Notice } from '@bookinfo/rules/manifest'
import { libraryFiles } from './library.ts'

/** Names the file that defines the subset which a rule looks for in vain. */
export const withRemedies = (warnings: readonly Notice[]): Notice[] =>
  warnings.map(({ where, message }) => {
    const [, host, subset] = /^no DestinationRule of (\S+) has a subset ([^\s:]+)/.exec(message) ?? []
    const file = host && subset ? fileThatDefines(host, subset) : undefined
    return { where, message: file === undefined ? message : `${message}; apply k8s/${file}, which defines it` }
  })

/** The plainest of the ready-made files that have it. A file goes to the namespace default, where its short hosts are. */
function fileThatDefines(host: string, subset: string): string | undefined {
  const files = libraryFiles().filter(({ objects }) =>
    objects.some(({ kind, raw }) => {
      const spec = raw['spec'] as { host?: string; subsets?: { name: string }[] }
      return (
        kind === 'DestinationRule' && `${spec.host}.default.svc.cluster.local` === host && spec.subsets?.some(({ name }) => name === subset)
      )
    }),
  )
  return files.toSorted((a, b) => a.path.length - b.path.length)[0]?.path
}
