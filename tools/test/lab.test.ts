import { afterEach, expect, test, vi } from 'vitest'
import { labCommand } from '../src/lab.ts'

afterEach(() => void vi.unstubAllEnvs())

test('a kubeconfig of your own comes before the lab', () => {
  vi.stubEnv('LAB_READY', '')
  vi.stubEnv('LAB', process.execPath)
  vi.stubEnv('KUBECONFIG', '/some/config')
  expect(labCommand()).toBe('')
})

test('the lab is the command in LAB, where there is one', () => {
  vi.stubEnv('LAB_READY', '')
  vi.stubEnv('KUBECONFIG', '')
  vi.stubEnv('LAB', process.execPath)
  expect(labCommand()).toBe(process.execPath)
  vi.stubEnv('LAB', '/there/is/no/lab')
  expect(labCommand()).toBe('')
})

test('a lab that was started for this process is used, whatever else is set', () => {
  vi.stubEnv('LAB_READY', '/lab')
  vi.stubEnv('KUBECONFIG', '/its/config')
  expect(labCommand()).toBe('/lab')
})
