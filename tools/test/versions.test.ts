/** One version, everywhere: that of the root package.json. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { imageNames } from '../src/images.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const json = (file: string) => JSON.parse(read(file)) as Record<string, Record<string, string>>
const { version } = JSON.parse(read('package.json')) as { version: string }

test('every package of the repository has it, and asks for its neighbours by it', () => {
  const packages = globSync(['{apps,libs}/*/package.json', '{bench,tools,k8s}/package.json'], { cwd: root })
  const versions = packages.flatMap((file) => {
    const { version: own, dependencies = {}, devDependencies = {} } = json(file)
    const neighbours = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => name.startsWith('@bookinfo/'))
    return [[file, own], ...neighbours.map(([name, wanted]) => [`${file} ${name}`, wanted])]
  })
  expect(versions.filter(([, found]) => found !== version)).toEqual([])
  expect(packages.length).toBeGreaterThan(9)
})

test('the lock, the images, the action and the changelog name it', () => {
  expect(json('package-lock.json')['version']).toBe(version)
  expect(imageNames().version).toBe(version)
  expect(read('docker-bake.hcl')).toContain(`variable "VERSION" {\n  default = "${version}"`)
  const action = parse(read('action.yml')) as { inputs: { package: { default: string } } }
  expect(action.inputs.package.default).toBe(`bookinfo-mesh@${version}`)
  expect(read('CHANGELOG.md')).toContain(`\n## ${version}\n`)
})

test('the manifests ask for images of it', () => {
  const { prefix } = imageNames()
  const tags = globSync('k8s/**/*.yaml', { cwd: root }).flatMap((file) =>
    Array.from(read(file).matchAll(new RegExp(String.raw`${prefix}/bookinfo-[a-z]+:(\S+)`, 'g')), ([, tag]) => `${file} ${tag}`),
  )
  expect(tags.length).toBeGreaterThan(20)
  expect(tags.filter((tag) => !tag.endsWith(` ${version}`))).toEqual([])
})

test('images, workflows, action and dev container have the Node that is tested with', () => {
  const [major] = json('package.json')['devDependencies']!['node']!.split('.')
  const files = globSync(['Dockerfile', 'docker-bake.hcl', 'action.yml', '.github/workflows/*.yml', '.devcontainer/*.json'], { cwd: root })
  const named = [...files, 'tools/src/images-bundle.ts', 'tools/src/lab.ts'].flatMap((file) =>
    Array.from(
      read(file).matchAll(/(?:nodejs|lab\.local\/node:|target = 'node|node-version: |features\/node:1": \{ "version": ")(\d+)/g),
      ([, found]) => [file, found],
    ),
  )
  expect(new Set(named.map(([file]) => file)).size).toBe(8)
  expect(named.filter(([, found]) => found !== major)).toEqual([])
})
