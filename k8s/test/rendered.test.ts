/**
 * Rendering needs kubectl, which `npm test` does without: digests of sources and results tell whether only one of them was changed.
 * The cluster tests render again and compare (e2e/offline.e2e.ts).
 */
import { digests } from '@bookinfo/tools/k8s-render'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from './manifests.ts'

test('the single-file forms are those of the last `npm run k8s:render`', () => {
  expect(digests()).toEqual(JSON.parse(readFileSync(`${root}kustomize/rendered.json`, 'utf8')))
})
