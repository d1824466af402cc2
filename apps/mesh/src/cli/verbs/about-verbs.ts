/** Verbs that are about the mesh and this command themselves. */
import { shells } from '@bookinfo/contracts/shell-completion'
import { allNamespaces, refused as notTaken } from '../common-flags.ts'
import type { Flag } from '../flag-reader.ts'
import type { Verb } from '../verb.ts'

const noHeaders: Flag = { name: 'no-headers', takes: 'switch', summary: 'Without the titles' }

export const aboutVerbs: readonly Verb[] = [
  {
    name: 'version',
    summary: 'Show the versions of this command and of the running mesh',
    flags: [
      { name: 'client', takes: 'switch', summary: 'Only of this command' },
      { name: 'output', short: 'o', takes: 'text', allowed: ['json', 'yaml'], value: 'json|yaml', summary: 'Format of what is printed' },
    ],
    run: async () => (await import('../version.ts')).version,
  },
  { name: 'cluster-info', summary: 'Show the addresses of the mesh', run: async () => (await import('../version.ts')).clusterInfo },
  {
    name: 'api-resources',
    summary: 'List the kinds of objects',
    flags: [
      { name: 'api-group', takes: 'text', value: 'GROUP', summary: 'Only of this group' },
      { name: 'categories', takes: 'list', value: 'NAME', summary: 'Only of these categories' },
      { name: 'namespaced', takes: 'switch', default: 'true', summary: 'Only kinds that belong to a namespace; =false: only the others' },
      noHeaders,
      { name: 'output', short: 'o', takes: 'text', allowed: ['name', 'wide'], value: 'name|wide', summary: 'Format of what is printed' },
      { name: 'sort-by', takes: 'text', allowed: ['name', 'kind'], value: 'name|kind', summary: 'In this order' },
      { name: 'cached', takes: 'switch', summary: 'Accepted without effect: nothing is cached' },
      notTaken('verbs', 'list', 'see them with: bookinfo api-resources -o wide'),
    ],
    run: async () => (await import('../version.ts')).apiResources,
  },
  { name: 'api-versions', summary: 'List the versions of all APIs', run: async () => (await import('../version.ts')).apiVersions },
  { name: 'auth', summary: 'Check whether a command is allowed' },
  {
    name: 'auth can-i',
    summary: 'Check whether a command is allowed: every known one is',
    usage: ['VERB TYPE'],
    flags: [
      allNamespaces,
      { name: 'quiet', short: 'q', takes: 'switch', summary: 'Only the exit code' },
      { name: 'list', takes: 'switch', summary: 'Refused: there are no roles' },
      noHeaders,
      notTaken('subresource', 'text', 'objects have no parts that change by themselves'),
    ],
    run: async () => (await import('../version.ts')).canI,
  },
  {
    name: 'completion',
    summary: 'Write the script that completes this command in a shell',
    usage: ['SHELL'],
    run: async () => (await import('../completion-script.ts')).unsupportedShell,
  },
  ...shells.map((shell): Verb => ({
    name: `completion ${shell}`,
    summary: `Write the script for ${shell}`,
    examples: [shell === 'fish' ? 'completion fish | source' : `completion ${shell} > FILE`],
    run: async () => (await import('../completion-script.ts')).scriptFor(shell),
  })),
]
