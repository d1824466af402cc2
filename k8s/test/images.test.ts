/** Every image that a manifest names is built by docker-bake.hcl, or is a public one with a fixed version. */
import { imageNames } from '@bookinfo/tools/images'
import { apps, images as all } from '@bookinfo/tools/images-bundle'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root, workloads } from './manifests.ts'

const { prefix, version } = imageNames()
const bake = readFileSync(`${root}../docker-bake.hcl`, 'utf8')
const built = new Set(apps.map((app) => `${prefix}/bookinfo-${app}:${version}`))
const images = new Set(
  workloads
    .filter(({ file }) => file !== 'injection/productpage-injected.yaml')
    .flatMap(({ pod }) => pod.spec.containers.map(({ image }: { image: string }) => image)),
)

test.each([...images])('%s is built here, or public and pinned', (image) => {
  if (!built.has(image)) expect(image).toMatch(/^docker\.io\/(library|openzipkin|prom|grafana)\/[a-z]+:v?\d+\.\d+\.\d+$/)
  else expect(image).toMatch(/\/bookinfo-[a-z]+:/)
})

test('the bake file builds every app, to try and to publish', () => {
  const [, list = ''] = /variable "APPS" \{\n  default = \{\n([^}]*)\}/.exec(bake) ?? []
  expect([...list.matchAll(/^ +([a-z]+) += ".+"$/gm)].map(([, app]) => app)).toEqual([...all])
})

test("the bake file's defaults are the manifests' prefix and version", () => {
  expect(bake).toContain(`variable "PREFIX" {\n  default = "${prefix}"`)
  expect(bake).toContain(`variable "VERSION" {\n  default = "${version}"`)
})

test("the version is the workspace's", () => {
  expect(JSON.parse(readFileSync(`${root}../package.json`, 'utf8')).version).toBe(version)
})
