/** The console in a real browser, on the mesh as `npm start` runs it. */
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { patience } from '@bookinfo/tools/eventually'
import { startMesh, type RunningMesh } from '@bookinfo/tools/mesh-process'
import { freeHundred } from '@bookinfo/tools/service-process'
import axe from 'axe-core'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const k8s = new URL('../../../k8s/', import.meta.url)
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let browser: Browser
let mesh: RunningMesh

beforeAll(async () => {
  await ensureDebianPackages(['chromium'])
  mesh = await startMesh({ env: { OTEL_TRACES_EXPORTER: 'zipkin' } })
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
})

afterAll(async () => {
  await browser?.close()
  await mesh?.stop()
})

const control = (method: string, path: string, body?: unknown) =>
  fetch(mesh.console + path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
const file = (path: string) => ({ file: path, text: readFileSync(new URL(path, k8s), 'utf8') })

/** A browser notes every refusal, those of a rule that is checked while it is typed too. */
const refusals = /status of 422/

/** Every test begins with only the gateway's rules, one pod per workload, and no traffic. */
beforeEach(async () => {
  await control('PUT', '/api/traffic', { rate: 0 })
  for (const { resource, namespace, name } of (await (await control('GET', '/api/objects')).json()) as Record<string, string>[])
    await control('DELETE', `/api/objects/${resource}/${namespace}/${name}`)
  await control('POST', '/api/apply', { files: [file('networking/bookinfo-gateway.yaml')] })
})

interface View {
  width?: number
  colorScheme?: 'light' | 'dark'
  reducedMotion?: 'reduce'
  address?: string
  /** What the browser may complain of. */
  expected?: RegExp
}

/** Opens the console in a fresh profile, has `look` look at it, and finds no error on the browser's console and no request that leaves the machine. */
async function visit(hash: string, view: View, look: (page: Page, context: BrowserContext) => Promise<void>) {
  const { width = 1440, colorScheme = 'light', reducedMotion, address = mesh.console, expected } = view
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme,
    deviceScaleFactor: width < 500 ? 2 : 1,
    ...(reducedMotion && { reducedMotion }),
  })
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  const complaints: string[] = []
  const complain = (text: string) => !expected?.test(text) && complaints.push(text)
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complain(message.text()))
  page.on('pageerror', (error) => complain(error.message))
  page.on('request', (request) => {
    if (!['localhost', '127.0.0.1'].includes(new URL(request.url()).hostname)) complain(`${request.url()} leaves the machine`)
  })
  try {
    const answer = await page.goto(`${address}/#${hash}`, { waitUntil: 'domcontentloaded' })
    expect(answer?.status()).toBe(200)
    await page.locator('.pulse.live').waitFor()
    await look(page, context)
    expect(complaints).toEqual([])
  } catch (error) {
    // What was to be seen when it failed: the next machine may not show it again.
    await page.screenshot({ path: fileURLToPath(new URL(`../reports/console-${Date.now()}.png`, import.meta.url)) })
    const said = (await page.locator('.panel, .said').allInnerTexts()).join('\n')
    throw new Error(`${(error as Error).message}\nThe page said: ${said}\nIts console: ${complaints.join('\n')}`, { cause: error })
  } finally {
    await context.close()
  }
}

/** axe comes in by the debugger, past the Content-Security-Policy that stays in force. */
async function accessible(page: Page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document, { resultTypes: ['violations'], iframes: false })")
  expect(violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
}

const sideways = (page: Page) => page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
const rule = (page: Page, name: string) => page.locator(`[data-file="${name}"]`).getByRole('switch')
const shareOf = async (page: Page, workload: string) => {
  const label = await page.locator(`a[href="#workloads/${workload}"]`).getAttribute('aria-label')
  const [, share] = /(?:[<>] )?(\d+) % of/.exec(label ?? '') ?? []
  return Number(share ?? NaN)
}

test('rules are switched on by click, and the shares move; switched off, and they move back', () =>
  visit('rules', {}, async (page) => {
    await control('PUT', '/api/traffic', { rate: 30, users: ['anonymous'] })
    await expect.poll(() => shareOf(page, 'reviews-v3')).toBeGreaterThan(5)
    await rule(page, 'networking/destination-rule-all.yaml').click()
    await page.locator('[data-object="DestinationRule reviews"]').waitFor()
    await rule(page, 'networking/virtual-service-reviews-90-10.yaml').click()
    const object = page.locator('[data-object="VirtualService reviews"]')
    await object.waitFor()
    expect(await object.textContent()).toContain('Requests to reviews go to reviews v1 (90 %) and reviews v2 (10 %)')
    await expect.poll(() => rule(page, 'networking/virtual-service-reviews-90-10.yaml').isChecked()).toBe(true)
    await expect.poll(() => shareOf(page, 'reviews-v1')).toBeGreaterThan(75)
    await expect.poll(() => shareOf(page, 'reviews-v3')).toBe(0)
    await rule(page, 'networking/virtual-service-reviews-90-10.yaml').click()
    await object.waitFor({ state: 'detached' })
    await expect.poll(() => shareOf(page, 'reviews-v3')).toBeGreaterThan(5)
  }))

test('a rule with an undeclared subset has a warning next to it', () =>
  visit('rules', {}, async (page) => {
    await rule(page, 'networking/virtual-service-reviews-v3.yaml').click()
    const warning = page.locator('[data-object="VirtualService reviews"] .warning')
    await warning.waitFor()
    expect(await warning.textContent()).toContain('no DestinationRule of reviews.default.svc.cluster.local has a subset v3')
  }))

test.each([390, 1440])('a route that no listener takes says so until it is mended, at %i pixels', (width) =>
  visit('rules', { width }, async (page) => {
    const route = (section: string) => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'astray' },
      spec: { parentRefs: [{ name: 'door', sectionName: section }], rules: [{ backendRefs: [{ name: 'nothing', port: 9080 }] }] },
    })
    const door = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'door' },
      spec: { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    }
    const apply = (...items: object[]) =>
      control('POST', '/api/apply', { files: [{ file: 'astray.yaml', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }] })
    await apply(door, route('other'))
    const object = page.locator('[data-object="HTTPRoute astray"]')
    await object.locator('.warning').first().waitFor()
    expect(await object.locator('.status').allTextContents()).toEqual(['Gateway door: NoMatchingParent, BackendNotFound'])
    expect((await object.locator('.warning').allTextContents()).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'parentRefs[0] Gateway default/door has no listener named other: the route gets no requests there',
      'rules[0] host nothing.default.svc.cluster.local is unknown: requests that go there fail',
    ])
    expect(await page.locator('[data-object="Gateway door"] .status').textContent()).toBe(
      `Listener http: 0 routes, reached at ${mesh.gateway}`,
    )
    expect(await sideways(page)).toBe(0)
    await accessible(page)
    const mended = {
      ...route('http'),
      spec: { parentRefs: [{ name: 'door' }], rules: [{ backendRefs: [{ name: 'reviews', port: 9080 }] }] },
    }
    await apply(mended)
    await object.getByText('Gateway door: accepted').waitFor()
    expect(await object.locator('.warning').count()).toBe(0)
  }),
)

// Without the rule the page in the frame is a 404.
test('what was deleted comes back by undo', () =>
  visit('rules', { expected: /status of 404/ }, async (page) => {
    await page.getByRole('button', { name: 'Delete VirtualService bookinfo' }).click()
    await page.locator('[data-object="VirtualService bookinfo"]').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.locator('[data-object="VirtualService bookinfo"]').waitFor()
    await expect.poll(() => rule(page, 'networking/bookinfo-gateway.yaml').isChecked()).toBe(true)
  }))

test('the editor tells the field that is wrong while one types, leads there, and applies what is right', () =>
  visit('editor', { expected: refusals }, async (page) => {
    await page.getByRole('button', { name: 'Begin with an example' }).click()
    await page.getByText('if header end-user is exactly "jason": go to reviews v2').waitFor()
    const area = page.locator('#manifest')
    const text = await area.inputValue()
    await area.fill(text.replace('exact: jason', 'exactly: jason'))
    const problem = page.locator('.problem')
    await problem.first().waitFor()
    expect(await problem.first().textContent()).toContain('spec.http[0].match[0].headers')
    expect(await problem.first().textContent()).toContain('VirtualService default/reviews')
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    expect(await page.locator('[data-object]').count()).toBe(0)
    await problem.first().getByRole('button').click()
    const marked = await area.evaluate((node) => {
      const { value, selectionStart, selectionEnd } = node as unknown as { value: string; selectionStart: number; selectionEnd: number }
      return value.slice(selectionStart, selectionEnd).trim()
    })
    expect(marked).toMatch(/^(exactly: jason|end-user:)$/)
    await area.fill(text)
    await page.getByText('will be created').waitFor()
    await page.keyboard.press('Control+Enter')
    await page.getByText('VirtualService reviews created').waitFor()
    await page.getByText('is in force as it stands').waitFor()
    const applied = (await (await control('GET', '/api/objects?resource=vs&name=reviews')).json()) as unknown[]
    expect(applied).toHaveLength(1)
  }))

test('what is applied opens in the editor and says the same', () =>
  visit('rules', {}, async (page) => {
    await page.getByRole('button', { name: 'Edit VirtualService bookinfo' }).click()
    await page.getByText('is in force as it stands').waitFor()
    expect(await page.locator('#manifest').inputValue()).toContain('prefix: /api/v1/products')
  }))

test('a workload that is killed comes back, and is seen to', () =>
  visit('workloads/reviews-v2', {}, async (page) => {
    const card = page.locator('[data-workload="reviews-v2"]')
    await card.getByText('1 of 1 pod ready').waitFor()
    await page.getByRole('button', { name: 'Kill reviews-v2' }).click()
    await card.getByText('0 of 1 pod ready').waitFor()
    await page.locator('a.node.down[href="#workloads/reviews-v2"]').waitFor()
    await card.getByText('died: SIGKILL').waitFor()
    await card.getByText('1 of 1 pod ready').waitFor()
    await page.locator('a.node.up[href="#workloads/reviews-v2"]').waitFor()
  }))

test('a workload is scaled, and restarted without an end of service', () =>
  visit('workloads', {}, async (page) => {
    const card = page.locator('[data-workload="details-v1"]')
    await page.getByRole('button', { name: 'One details-v1 more' }).click()
    await card.getByText('2 of 2 pods ready').waitFor()
    expect(await page.locator('a[href="#workloads/details-v1"] .pod').count()).toBe(2)
    await page.getByRole('button', { name: 'One details-v1 less' }).click()
    await card.getByText('1 of 1 pod ready').waitFor()
    const name = await card.locator('.pod-name').textContent()
    await page.getByRole('button', { name: 'Restart details-v1' }).click()
    await expect.poll(() => card.locator('.pod-name').allTextContents()).not.toContain(name)
    await page.getByRole('button', { name: /^Logs of details-v1/ }).click()
    await card.locator('pre').waitFor()
  }))

test('a trace opens as tree and waterfall, with proxy and app spans and the B3 headers of every hop', () =>
  visit('traces', {}, async (page) => {
    await fetch(`${mesh.gateway}/productpage`)
    await page
      .getByRole('link', { name: /GET \/productpage/ })
      .first()
      .click()
    await page.locator('.waterfall li').nth(8).waitFor()
    expect(await page.locator('.waterfall li.proxy').count()).toBeGreaterThanOrEqual(7)
    expect(await page.locator('.waterfall li.app').count()).toBeGreaterThanOrEqual(3)
    const traceId = (await page.locator('p.mono').textContent())!
    expect(page.url()).toContain(traceId)
    await page.getByRole('button', { name: /^details server proxy/ }).click()
    const headers = page.locator('.detail .headers').first()
    expect(await headers.textContent()).toContain(`x-b3-traceid${traceId}`)
    expect(await page.locator('.detail h3').allTextContents()).toEqual([
      'productpage’s proxy → details’s proxy',
      'details’s proxy → details (application)',
    ])
    await page.goBack()
    await page.getByRole('heading', { name: 'Last traces' }).waitFor()
  }))

test("Zipkin's address of a trace opens that trace, and an id that is not kept is said to be none", () =>
  visit('rules', { expected: /status of 404/ }, async (page) => {
    const traceId = '463ac35c9f6413ad48485a3953bb6124'
    await fetch(`${mesh.gateway}/productpage`, { headers: { b3: `${traceId}-a2fb4a1d1a96d312-1` } })
    await page.goto(`${mesh.zipkin}/zipkin/traces/${traceId}`)
    await page.locator('.waterfall li').nth(6).waitFor()
    expect(await page.locator('p.mono').textContent()).toBe(traceId)
    expect(page.url()).toBe(`${mesh.console}/#traces/${traceId}`)
    await page.goto(`${mesh.zipkin}/zipkin/traces/abc`)
    await page.getByText('The mesh has no trace 0000000000000abc').waitFor()
    await page.goto(mesh.zipkin)
    await page.getByRole('heading', { name: 'Last traces' }).waitFor()
  }))

test('traffic starts as asked, is counted, and stops', () =>
  visit('traffic', {}, async (page) => {
    await page.getByLabel('Users, in turn').fill('jason, anonymous')
    await page.getByLabel('Headers').fill('no header')
    await page.getByText('Line 1 is not a header').waitFor()
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('Headers').fill('x-lesson: 1')
    await page.getByRole('heading', { name: 'Stopped' }).waitFor()
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    // From here on the counts are this run's: those of an earlier one stand until it begins.
    await page.getByRole('heading', { name: '10 a second' }).waitFor()
    await expect.poll(async () => Number(await page.locator('.counts dd').nth(1).textContent())).toBeGreaterThan(20)
    const report = (await (await control('GET', '/api/traffic')).json()) as object
    expect(report).toMatchObject({ rate: 10, users: ['jason', 'anonymous'], headers: { 'x-lesson': '1' } })
    expect(await page.locator('path[data-link="istio-ingressgateway>productpage-v1"]').getAttribute('class')).toContain('busy')
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('heading', { name: 'Stopped' }).waitFor()
  }))

test('traffic that is stopped before its first request is said to be stopped', () =>
  visit('traffic', {}, async (page) => {
    // One request in 1,000 s: none is sent before the stop.
    await control('PUT', '/api/traffic', { rate: 0.001 })
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.getByRole('heading', { name: 'Stopped' }).waitFor()
    expect(await page.locator('.counts dd').allTextContents()).toEqual(['0'])
  }))

test('requests run along the lines, unless less motion is asked for', async () => {
  const dots = (page: Page) => page.locator('.dots circle').count()
  await control('PUT', '/api/traffic', { rate: 10 })
  await visit('rules', {}, async (page) => {
    await expect.poll(() => dots(page), { interval: 50 }).toBeGreaterThan(0)
  })
  await visit('rules', { reducedMotion: 'reduce' }, async (page) => {
    await page.locator('path.line.busy').first().waitFor({ state: 'attached' })
    for (let i = 0; i < 20; i++) {
      expect(await dots(page)).toBe(0)
      await page.waitForTimeout(50)
    }
  })
})

test('the page itself is shown next to the rules, signs in, and reloads when rules change', () =>
  visit('rules', {}, async (page) => {
    const frame = page.frameLocator('iframe')
    await frame.getByRole('heading', { level: 1 }).waitFor()
    await frame.getByText('Sign in', { exact: true }).first().click()
    await frame.getByLabel('User name').fill('jason')
    await frame.getByRole('button', { name: 'Sign in' }).click()
    await frame.getByText('Signed in as').waitFor()
    await control('POST', '/api/apply', { files: [file('networking/fault-injection-details-v1.yaml')] })
    await frame.getByText(/details are currently unavailable/i).waitFor()
    expect(await frame.getByText('Signed in as').textContent()).toContain('jason')
  }))

test('says that the mesh is gone, and goes on when it is back', async () => {
  const ports = { GATEWAY_PORT: new URL(mesh.gateway).port, CONSOLE_PORT: new URL(mesh.console).port, OTEL_TRACES_EXPORTER: 'zipkin' }
  await visit(
    'rules',
    { expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 503/ },
    async (page) => {
      const alert = page.getByRole('alert')
      await mesh.stop()
      try {
        await alert.getByText('The mesh does not answer').waitFor()
        await accessible(page)
      } finally {
        mesh = await startMesh({ env: ports })
      }
      await page.locator('.pulse.live').waitFor()
      expect(await alert.count()).toBe(0)
    },
  )
})

test('workloads that others run are seen, and have no buttons that would be refused', async () => {
  const status = (await (await control('GET', '/api/status')).json()) as { workloads: { name: string; pods: { address: string }[] }[] }
  const addresses = status.workloads.map(({ name, pods }) => `${name}=${pods[0]!.address}`)
  const dead = 'ratings-v2=localhost:1'
  const outbound = String(await freeHundred())
  const other = await startMesh({
    env: { WORKLOADS: [...addresses, dead].join(), OUTBOUND_PORT: outbound, ZIPKIN_URL: 'http://localhost:9411' },
  })
  try {
    await visit('workloads', { address: other.console, expected: /frame-ancestors/ }, async (page) => {
      const card = page.locator('[data-workload="reviews-v2"]')
      await card.getByText('1 of 1 pod ready').waitFor()
      await page.locator('[data-workload="ratings-v2"]').getByText('0 of 1 pod ready').waitFor()
      await page.getByText('The mesh routes to these and did not start them').waitFor()
      expect(await page.locator('[data-workload] button').count()).toBe(0)
      await page.locator('a.node.down[href="#workloads/ratings-v2"]').waitFor()
      await accessible(page)
    })
  } finally {
    await other.stop()
  }
})

test('tabs are walked by arrow keys, and workloads of the picture by Tab', () =>
  visit('rules', {}, async (page) => {
    await page.getByRole('tab', { name: 'Rules' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'Editor', selected: true }).waitFor()
    await page.keyboard.press('End')
    await page.getByRole('tab', { name: 'Workloads', selected: true }).waitFor()
    await page.locator('a[href="#workloads/ratings-v1"]').focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-workload="ratings-v1"].opened').waitFor()
  }))

test('nothing but its own modules may run, and no other page may show it in a frame', async () => {
  const { headers } = await fetch(mesh.console)
  const policy = headers.get('content-security-policy')!
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe')
  expect(await (await fetch(mesh.console)).text()).not.toMatch(/<script>|style=|\son\w+=/)
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1440, 390]) {
    test(`every tool: nothing to scroll sideways and nothing that axe finds, at ${width} px in the ${colorScheme}`, async () => {
      await control('POST', '/api/apply', { files: [file('networking/virtual-service-ratings-test-abort.yaml')] })
      await control('PUT', '/api/traffic', { rate: 5, users: ['jason', 'anonymous'] })
      await visit('rules', { width, colorScheme, expected: refusals }, async (page) => {
        await page.locator('[data-file]').first().waitFor()
        const look = async () => {
          await accessible(page)
          expect(await sideways(page)).toBe(0)
        }
        await look()
        await page.getByText('The same as a table').click()
        await page.getByRole('tab', { name: 'Editor' }).click()
        await page.getByRole('button', { name: 'Begin with an example' }).click()
        await page.locator('#manifest').fill((await page.locator('#manifest').inputValue()).replace('exact: jason', 'exactly: jason'))
        await page.locator('.problem').first().waitFor()
        await look()
        await page.getByRole('tab', { name: 'Traces' }).click()
        await page.locator('.traces a').first().waitFor()
        await page.getByRole('button', { name: 'Hold' }).click()
        await look()
        await page
          .getByRole('link', { name: /GET \/productpage/ })
          .first()
          .click()
        await page.locator('.span').nth(3).click()
        await look()
        await page.getByRole('tab', { name: 'Traffic' }).click()
        await look()
        await page.getByRole('tab', { name: 'Workloads' }).click()
        await page
          .getByRole('button', { name: /^Logs of/ })
          .first()
          .click()
        await page.locator('pre').waitFor()
        await look()
      })
    })
  }
}
