/** The ready-made rules below k8s/: what the console switches on and off. */
import { parseManifests } from '@bookinfo/rules/parse-manifests'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ManifestObject } from '@bookinfo/rules/manifest'
import type { ManifestFile } from '../rules/store.ts'

/** Next to the bundle in an image; elsewhere the repository's folder. */
const besideBundle = fileURLToPath(new URL('k8s/', import.meta.url))
const k8sFolder = existsSync(besideBundle) ? besideBundle : fileURLToPath(new URL('../../../../k8s/', import.meta.url))

/** The gateway of upstream's tutorials, applied from the start so that there is a page to see. */
export function startingRules(): ManifestFile {
  const file = 'networking/bookinfo-gateway.yaml'
  return { file, text: readFileSync(`${k8sFolder}${file}`, 'utf8') }
}

export interface LibraryFile {
  /** Below k8s/: `networking/virtual-service-all-v1.yaml` */
  path: string
  /** First comment of the file. */
  summary: string
  text: string
  objects: ManifestObject[]
  /** Why the local mesh refuses it; null when it can be applied. */
  problem: string | null
}

let library: LibraryFile[] | undefined

/** Read once: the files do not change while the mesh runs. */
export function libraryFiles(): LibraryFile[] {
  library ??= globSync(['networking/*.yaml', 'gateway-api/*.yaml', 'security/**/*.yaml'], { cwd: k8sFolder })
    .map((path) => path.replaceAll(sep, '/'))
    .toSorted()
    .map(readLibraryFile)
  return library
}

function readLibraryFile(path: string): LibraryFile {
  const text = readFileSync(`${k8sFolder}${path}`, 'utf8')
  const comment = /^(?:#.*\n)+/.exec(text)?.[0] ?? ''
  const summary = comment.replaceAll(/^# ?/gm, '').trim().split('\n')[0] ?? ''
  try {
    return { path, summary, text, objects: parseManifests(text, path).objects, problem: null }
  } catch (error) {
    return { path, summary, text, objects: [], problem: (error as Error).message }
  }
}
