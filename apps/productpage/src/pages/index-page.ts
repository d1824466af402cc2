/** The front page: which services make up the application, and the two ways to the book. */
import { addressesOf, type Config } from '../config.ts'
import { escapeHtml } from './html.ts'
import { layout } from './layout.ts'

interface Service {
  name: string
  address: string
  calls: Service[]
}

export function indexPage(config: Config): string {
  const { details, reviews, ratings } = addressesOf(config)
  const page: Service = {
    name: 'productpage',
    address: '/productpage',
    calls: [
      { name: 'details', address: details, calls: [] },
      { name: 'reviews', address: reviews, calls: [{ name: 'ratings', address: ratings, calls: [] }] },
    ],
  }
  return layout(
    '',
    `<section class="intro">
<h1>Hello! This is a simple bookstore.</h1>
<p>It is made of four services, and each page is put together from what they answer. Whom would you like to be?</p>
<p class="ways"><a class="button" href="/productpage?u=normal">Normal user</a> <a class="button quiet" href="/productpage?u=test">Test user</a></p>
</section>
<section>
<h2>The services</h2>
${table(page)}
</section>
`,
  )
}

const table = ({ name, address, calls }: Service): string => `<table class="service">
<tr><th scope="row">${escapeHtml(name)}</th><td><code>${escapeHtml(address)}</code></td></tr>
${calls.map((service) => `<tr><td colspan="2">${table(service)}</td></tr>\n`).join('')}</table>`
