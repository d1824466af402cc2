/** The page in a real browser, put together by the real services: each one a process, reviews in its three versions. */
import { ensureDebianPackages } from '@bookinfo/tools/debian'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import axe from 'axe-core'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = (name: string) => fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url))

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const running: ServiceProcess[] = []
/** Addresses of the page, by the reviews that it shows. */
const pages: Record<'v1' | 'v2' | 'v3' | 'withoutRatings' | 'withoutReviews', string> = {
  v1: '',
  v2: '',
  v3: '',
  withoutRatings: '',
  withoutReviews: '',
}
let browser: Browser

async function start(name: string, env: Record<string, string> = {}): Promise<string> {
  const service = await startService(main(name), { LOG_LEVEL: 'error', DRAIN_DELAY_MS: '0', ...env })
  running.push(service)
  return String(service.port)
}

const at = (name: string, port: string) => ({ [`${name}_HOSTNAME`]: '127.0.0.1', [`${name}_SERVICE_PORT`]: port })

beforeAll(async () => {
  await ensureDebianPackages(['chromium'])
  const details = at('DETAILS', await start('details'))
  const ratings = at('RATINGS', await start('ratings'))
  const unreachable = '9'
  const reviews = (pod: string, env: Record<string, string>) =>
    start('reviews', { HOSTNAME: `reviews-${pod}-5f7d9c6b8-x2x4k`, ...ratings, ...env })
  const page = async (port: string) => `http://127.0.0.1:${await start('productpage', { ...details, ...ratings, ...at('REVIEWS', port) })}`
  const red = { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' }
  pages.v1 = await page(await reviews('v1', {}))
  pages.v2 = await page(await reviews('v2', { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' }))
  pages.v3 = await page(await reviews('v3', red))
  pages.withoutRatings = await page(await reviews('v3', { ...red, ...at('RATINGS', unreachable) }))
  pages.withoutReviews = await page(unreachable)
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
})

afterAll(async () => {
  await browser?.close()
  await Promise.all(running.map(({ stop }) => stop()))
})

interface View {
  width?: number
  colorScheme?: 'light' | 'dark'
}

/** Opens `url` in a fresh profile, has `look` look at it, and finds no error on the console and no request that leaves the machine. */
async function visit(url: string, { width = 1440, colorScheme = 'light' }: View, look: (page: Page) => Promise<void>) {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme,
    deviceScaleFactor: width < 500 ? 2 : 1,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
  page.on(
    'request',
    (request) => new URL(request.url()).origin !== new URL(url).origin && complaints.push(`${request.url()} leaves the machine`),
  )
  try {
    const answer = await page.goto(url)
    expect(answer?.status()).toBe(200)
    await look(page)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const signIn = async (page: Page, name: string) => {
  await page.getByText('Sign in', { exact: true }).first().click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill('any')
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** A computed style of the first element that `selector` finds. */
const styleOf = (page: Page, selector: string, property: string) =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`)

test('v1 has reviews, and no stars', () =>
  visit(`${pages.v1}/productpage`, {}, async (page) => {
    expect(await page.title()).toBe('Simple Bookstore App')
    expect(await page.getByText('William Shakespeare').count()).toBe(1)
    expect(await page.locator('blockquote').count()).toBe(2)
    expect(await page.locator('.glyphicon-star').count()).toBe(0)
    expect(await page.getByText('Reviews served by').textContent()).toContain('reviews-v1-')
  }))

for (const [version, color, painted] of [
  ['v2', 'black', 'rgb(0, 0, 0)'],
  ['v3', 'red', 'rgb(255, 0, 0)'],
] as const) {
  test(`${version} has ${color} stars`, () =>
    visit(`${pages[version]}/productpage`, {}, async (page) => {
      expect(await page.locator('.glyphicon-star').count()).toBe(9)
      expect(await page.getByRole('img', { name: `5 of 5 stars, ${color}` }).count()).toBe(1)
      expect(await page.getByRole('img', { name: `4 of 5 stars, ${color}` }).count()).toBe(1)
      expect(await styleOf(page, '.glyphicon-star', 'fill')).toBe(painted)
      expect(await page.getByText('Reviews served by').textContent()).toContain(`reviews-${version}-`)
    }))
}

test('black stars stay black in the dark, on a light ground', () =>
  visit(`${pages.v2}/productpage`, { colorScheme: 'dark' }, async (page) => {
    expect(await styleOf(page, '.glyphicon-star', 'fill')).toBe('rgb(0, 0, 0)')
    expect(await styleOf(page, '.stars', 'backgroundColor')).toBe('rgb(243, 236, 223)')
  }))

test('jason signs in, comes back to where he was, and signs out', () =>
  visit(`${pages.v3}/productpage?u=test`, {}, async (page) => {
    await signIn(page, 'jason')
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/productpage?u=test')
    expect(await page.getByText('Signed in as').textContent()).toContain('jason')
    await page.getByRole('link', { name: 'Sign out' }).click()
    expect(new URL(page.url()).search).toBe('?u=test')
    expect(await page.getByText('Signed in as').count()).toBe(0)
  }))

test('a name that is none is refused in the form', () =>
  visit(`${pages.v1}/productpage`, {}, async (page) => {
    await signIn(page, '   ')
    expect(
      await page.getByLabel('User name').evaluate((input) => (input as unknown as { validity: { valid: boolean } }).validity.valid),
    ).toBe(false)
    expect(await page.getByText('Signed in as').count()).toBe(0)
  }))

test('without ratings the reviews stand, and say so', () =>
  visit(`${pages.withoutRatings}/productpage`, {}, async (page) => {
    expect(await page.getByText('Ratings service is currently unavailable').count()).toBe(2)
    expect(await page.locator('blockquote').count()).toBe(2)
  }))

test('without reviews the details stand, and the page says so', () =>
  visit(`${pages.withoutReviews}/productpage`, {}, async (page) => {
    expect(await page.getByText('Sorry, product reviews are currently unavailable for this book.').count()).toBe(1)
    expect(await page.getByText('William Shakespeare').count()).toBe(1)
  }))

test('the front page leads to the page of the book', () =>
  visit(`${pages.v1}/`, {}, async (page) => {
    await page.getByRole('link', { name: 'Test user' }).click()
    expect(new URL(page.url()).search).toBe('?u=test')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('The Comedy of Errors')
  }))

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1440, 390, 320]) {
    for (const [what, path] of [
      ['stars', () => `${pages.v3}/productpage`],
      ['errors', () => `${pages.withoutReviews}/productpage`],
      ['missing ratings', () => `${pages.withoutRatings}/productpage`],
      ['the services', () => `${pages.v1}/`],
    ] as const) {
      test(`${what}: nothing to scroll sideways and nothing that axe finds, at ${width} px in the ${colorScheme}`, () =>
        visit(path(), { width, colorScheme }, async (page) => {
          await accessible(page)
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        }))
    }

    test(`signing in: nothing to scroll sideways and nothing that axe finds, at ${width} px in the ${colorScheme}`, () =>
      visit(`${pages.v3}/productpage`, { width, colorScheme }, async (page) => {
        await page.getByText('Sign in', { exact: true }).first().click()
        await accessible(page)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        await page.getByLabel('User name').fill('jason')
        await page.keyboard.press('Enter')
        await page.getByText('Signed in as').waitFor()
        await accessible(page)
      }))
  }
}

/** axe comes in by the debugger, past the Content-Security-Policy that stays in force. */
async function accessible(page: Page) {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()')
  expect(violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([])
}
