/** Clients of HTTP/2 and gRPC that others have written, through the proxy: curl, h2load, h2spec, grpcurl and the interop client of gRPC for Go. */
import { eventually } from '@bookinfo/tools/eventually'
import { goProgram } from '@bookinfo/tools/go-program'
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { freePort } from '@bookinfo/tools/service-process'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { http2Pod } from '../test/helpers/http2.ts'
import { startLab, type Lab } from '../test/helpers/lab.ts'
import { destinationRule, toV, virtualService } from '../test/helpers/rules.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-http2-'))

let lab: Lab
const programs = { h2spec: '', grpcurl: '', client: '', server: '' }
let interop: ChildProcess

beforeAll(async () => {
  await ensureDebianPackages(['curl', 'nghttp2-client'])
  programs.h2spec = await goProgram('h2spec', 'github.com/summerwind/h2spec/cmd/h2spec', 'v2.2.1+incompatible')
  programs.grpcurl = await goProgram('grpcurl', 'github.com/fullstorydev/grpcurl/cmd/grpcurl', 'v1.9.4')
  programs.client = await goProgram('grpc-interop-client', 'google.golang.org/grpc/interop/client', 'v1.85.0')
  programs.server = await goProgram('grpc-interop-server', 'google.golang.org/grpc/interop/server', 'v1.85.0')
  lab = await startLab()
  const port = await freePort()
  interop = spawn(programs.server, ['--port', String(port)], { stdio: 'ignore' })
  await eventually(
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1')
        socket.on('connect', () => resolve(void socket.destroy())).on('error', reject)
      }),
  )
  useFor('reviews-v2', port)
  lab.apply(
    virtualService(
      `- match: [{headers: {content-type: {prefix: application/grpc}}}]
  route: [{destination: {host: reviews, subset: v2}}]
${toV(1)}`,
    ) + destinationRule('{connectionPool: {http: {useClientProtocol: true}}}'),
  )
})
afterAll(async () => {
  interop?.kill()
  await lab.close()
  rmSync(folder, { recursive: true })
})

function useFor(workload: string, port: number) {
  const index = lab.endpoints.findIndex((each) => each.workload === workload)
  lab.endpoints[index] = { ...lab.endpoints[index]!, port }
  lab.rules.recompile()
}

/** HTTP/2 is spoken to v1 where the client speaks it: a pod of HTTP/2 for the time of a test. */
const podOfV1 = async (...given: Parameters<typeof http2Pod>) => useFor('reviews-v1', (await http2Pod(...given)).port)

const hello: Parameters<typeof http2Pod>[0] = (stream) => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

test('curl, by prior knowledge, and by an upgrade that no proxy makes', async () => {
  await podOfV1(hello)
  const url = `http://127.0.0.1:${lab.ports.reviews}/reviews/0`
  const format = ['-s', '-w', ' %{http_version} %{http_code}']
  expect((await run('curl', [...format, '--http2-prior-knowledge', url])).stdout).toBe('hello 2 200')
  useFor('reviews-v1', lab.directPort)
  const { stdout } = await run('curl', [...format, '--http2', url])
  expect(stdout).toMatch(/ 1\.1 \d+$/)
})

test('h2load: every one of many requests on few connections is answered', async () => {
  await podOfV1(hello)
  const { stdout } = await run('h2load', ['-n', '5000', '-c', '4', '-m', '50', `http://127.0.0.1:${lab.ports.reviews}/reviews/0`])
  expect(stdout).toContain('requests: 5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed, 0 errored, 0 timeout')
})

test('grpcurl calls by the description of a service', async () => {
  const file = join(folder, 'empty.proto')
  writeFileSync(
    file,
    'syntax = "proto3"; package grpc.testing; message Empty {} service TestService { rpc EmptyCall(Empty) returns (Empty); }',
  )
  const args = ['-plaintext', '-import-path', folder, '-proto', 'empty.proto', '-v']
  const call = await run(programs.grpcurl, [...args, `127.0.0.1:${lab.ports.reviews}`, 'grpc.testing.TestService/EmptyCall'])
  expect(call.stdout).toContain('Response contents:\n{}')
  expect(call.stdout).toContain('server: envoy')
})

describe('the interop client of gRPC, against its server behind the proxy', () => {
  test.each([
    'empty_unary',
    'large_unary',
    'client_streaming',
    'server_streaming',
    'ping_pong',
    'empty_stream',
    'timeout_on_sleeping_server',
    'cancel_after_begin',
    'cancel_after_first_response',
    'status_code_and_message',
    'special_status_message',
    'custom_metadata',
    'unimplemented_method',
    'unimplemented_service',
  ])('%s', async (name) => {
    const args = ['--server_host', '127.0.0.1', '--server_port', String(lab.ports.reviews), '--test_case', name]
    const env = { ...process.env, GRPC_GO_LOG_SEVERITY_LEVEL: 'info' }
    const { stderr } = await run(programs.client, args, { timeout: 60_000, env })
    expect(stderr).toMatch(/done/i)
  })
})

test('h2spec: what fails is what docs/http2.md lists', async () => {
  await podOfV1(hello)
  // It ends with 1 when anything fails.
  const { stdout } = await run(programs.h2spec, ['-h', '127.0.0.1', '-p', String(lab.ports.reviews), '-o', '2'], {
    maxBuffer: 16 * 1024 * 1024,
  }).catch((error: { stdout: string }) => error)
  const plain = stripVTControlCharacters(stdout)
  const failed = Array.from(plain.slice(plain.indexOf('Failures:')).matchAll(/× \d+: (.*)$/gm), ([, title]) => title)
  const known = new Set([
    'Sends invalid connection preface',
    'closed: Sends a DATA frame after sending RST_STREAM frame',
    'closed: Sends a HEADERS frame after sending RST_STREAM frame',
    'closed: Sends a DATA frame',
    'closed: Sends a HEADERS frame',
    'Sends stream identifier that is numerically smaller than previous',
    'Sends PRIORITY frame that depend on itself',
    'Sends a PRIORITY frame with 0x0 stream identifier',
    'Sends a PING frame with ACK',
    'Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream',
  ])
  expect(failed.filter((title) => !known.has(title!))).toEqual([])
  expect(plain).toMatch(/1\d\d tests, 1[34]\d passed/)
})
