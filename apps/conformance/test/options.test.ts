import { expect, test } from 'vitest'
import { readOptions } from '../src/options.ts'

const read = (...args: string[]) => readOptions(args, {})

test('by default the local mesh is asked, with a budget of 1 in 1,000', () => {
  expect(read('run')).toMatchObject({
    command: 'run',
    target: 'local',
    console: 'http://localhost:20001',
    alpha: 0.001,
    format: 'pretty',
    maxUnsupported: Infinity,
  })
})

test('CONSOLE_PORT says where the local mesh is', () => {
  expect(readOptions(['run'], { CONSOLE_PORT: '28001' }).console).toBe('http://localhost:28001')
})

test('a seed is drawn when none is given', () => {
  expect(read('run').seed).not.toBe(read('run').seed)
  expect(read('run', '--seed', '5').seed).toBe(5)
})

test('a check is repeated on the same mesh: its options are kept, quoted for a shell', () => {
  const { targetOptions } = read(
    'run',
    '--target',
    'url',
    '--gateway',
    'http://g:80',
    '--gateway-tls',
    'https://g:443',
    '--apply',
    "a 'b' {file}",
    '--check',
    'x',
    '--seed',
    '5',
  )
  expect(targetOptions).toBe(String.raw`--target url --gateway http://g:80 --gateway-tls https://g:443 --apply 'a '\''b'\'' {file}'`)
})

test.each([
  [['run', '--target', 'moon'], '--target is "moon": expected local, kube, url'],
  [['run', '--alpha', '2'], '--alpha is "2": expected a probability above 0 and below 0.5'],
  [['run', '--seed', 'x'], '--seed is "x": expected a whole number from 0 to 4294967295'],
  [['run', '--samples', '5'], '--samples is "5": expected a whole number from 16 to 50000'],
  [['run', '--format', 'pdf'], '--format is "pdf": expected pretty, junit, json, markdown, gateway-api'],
  [['run', '--profile', 'linkerd'], '--profile is "linkerd": expected istio, gateway-api'],
  [['run', '--gateway', 'localhost'], '--gateway is "localhost": expected an address such as http://localhost:8080'],
  [['run', '--configmap', 'report'], '--configmap goes with --target kube'],
  [['run', '--nonsense'], "Unknown option '--nonsense'"],
])('%j is refused: %s', (args, message) => {
  expect(() => read(...args)).toThrow(message)
})
