/**
 * Builds the image of every service and of the mesh: `npm run images`.
 * With docker buildx by docker-bake.hcl, or by your own command in IMAGE_BUILDER, called once per image as
 *     $IMAGE_BUILDER NAME:TAG CONTEXT -f DOCKERFILE --target STAGE --build-arg KEY=VALUE...
 * IMAGE_KUBECTL is a kubectl (of Linux) for the conformance suite's image, where that builder cannot pull one. IMAGE_BASE names another base image, IMAGE_PREFIX another prefix than k8s/kustomize/components/image/image.yaml.
 */
import { cpSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { bundle, images } from './images-bundle.ts'
import { run } from './k8s-run.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Prefix and version that the manifests name their images by. */
export function imageNames(): { prefix: string; version: string } {
  const file = `${root}k8s/kustomize/components/image/image.yaml`
  return (parse(readFileSync(file, 'utf8')) as { data: { prefix: string; version: string } }).data
}

/** Bundles the apps and builds their images. @throws CommandError when the builder is not there, or fails. */
async function buildImages(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { prefix, version } = imageNames()
  const name = (app: string) => `${env['IMAGE_PREFIX'] ?? prefix}/bookinfo-${app}:${version}`
  const base = env['IMAGE_BASE']
  for (const app of images) console.log(`bundled ${app}: ${((await bundle(app)) / 1e6).toFixed(2)} MB`)
  const [builder, ...fixed] = env['IMAGE_BUILDER']?.split(' ').filter(Boolean) ?? []
  if (builder) {
    for (const app of images) {
      const kubectl = app === 'conformance' ? env['IMAGE_KUBECTL'] : undefined
      if (kubectl) cpSync(kubectl, `${root}dist/images/${app}/kubectl`)
      const stage = app === 'conformance' && !kubectl ? app : 'app'
      const args = [...fixed, name(app), root, '-f', `${root}Dockerfile`, '--target', stage, '--build-arg', `APP=${app}`]
      await run(builder, base ? [...args, '--build-arg', `BASE=${base}`] : args, { show: true })
    }
  } else {
    const { stdout } = await run('git', ['rev-parse', 'HEAD'], { cwd: root }).catch(() => ({ stdout: '' }))
    const variables = { PREFIX: env['IMAGE_PREFIX'] ?? prefix, VERSION: version, REVISION: stdout.trim(), ...(base && { BASE: base }) }
    await run('docker', ['buildx', 'bake', '--load'], { cwd: root, env: variables, show: true, timeoutMs: 1_200_000 })
  }
  return images.map(name)
}

if (import.meta.main) {
  try {
    for (const image of await buildImages(process.env)) console.log(image)
  } catch (error) {
    console.error(
      `images: ${(error as Error).message}\nInstall Docker with buildx, or name a builder in IMAGE_BUILDER (docs/kubernetes.md).`,
    )
    process.exitCode = 1
  }
}
