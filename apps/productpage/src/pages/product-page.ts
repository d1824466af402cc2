/** The page of a book. Everything that comes from another service or from a user is escaped here, or checked by a pattern. */
import type { Details, Product, Review, Reviews } from '@bookinfo/contracts/bookinfo'
import { staticUrl } from '../static-files.ts'
import { escapeHtml } from './html.ts'
import { layout } from './layout.ts'
import { stars } from './stars.ts'

interface Failure {
  error: string
}

export interface ProductPageContent {
  book: Product
  user: string | undefined
  details: Details | Failure
  reviews: Reviews | Failure
}

export const productPage = ({ book, user, details, reviews }: ProductPageContent): string =>
  layout(
    user === undefined ? signInForm : signedIn(user),
    `<article class="book">
${cover}<div>
<h1>${escapeHtml(book.title)}</h1>
${'error' in details ? '' : `<p class="byline">${escapeHtml(details.author)}, ${details.year}</p>\n`}<p class="summary">${book.descriptionHtml}</p>
${detailsSection(details)}</div>
</article>
${reviewsSection(reviews)}`,
  )

const cover = `<img class="cover" src="${staticUrl('cover.svg')}" alt="" width="300" height="450">\n`

const signInForm = `<details class="account">
<summary>Sign in</summary>
<form method="post" action="/login">
<label>User name <input name="username" required maxlength="64" pattern="[ -~]*[!-~][ -~]*" title="letters, digits and signs of ASCII" autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<label>Password <input name="passwd" type="password" autocomplete="current-password"></label>
<p class="hint">Any password will do: this is a demonstration.</p>
<button type="submit">Sign in</button>
</form>
</details>
`

const signedIn = (user: string): string =>
  `<p class="account">Signed in as <strong>${escapeHtml(user)}</strong> <a href="/logout">Sign out</a></p>\n`

const failure = (what: string, { error }: Failure): string => `<div class="notice">
<h3>Error fetching product ${what}!</h3>
<p>${escapeHtml(error)}</p>
</div>
`

function detailsSection(details: Details | Failure): string {
  if ('error' in details) return `<section>\n<h2>Book details</h2>\n${failure('details', details)}</section>\n`
  const rows: [term: string, value: string | number][] = [
    ['ISBN-10', details['ISBN-10']],
    ['ISBN-13', details['ISBN-13']],
    ['Publisher', details.publisher],
    ['Pages', details.pages],
    ['Type', details.type],
    ['Language', details.language],
  ]
  const list = rows.map(([term, value]) => `<div><dt>${term}</dt><dd>${escapeHtml(String(value))}</dd></div>\n`).join('')
  return `<section>\n<h2>Book details</h2>\n<dl class="facts">\n${list}</dl>\n</section>\n`
}

function reviewsSection(reviews: Reviews | Failure): string {
  if ('error' in reviews) return `<section class="reviews">\n<h2>Book reviews</h2>\n${failure('reviews', reviews)}</section>\n`
  const { podname, clustername } = reviews
  const cluster = clustername === 'null' || clustername === '' ? '' : ` on cluster <code>${escapeHtml(clustername)}</code>`
  return `<section class="reviews">
<h2>Book reviews</h2>
<div class="quotes">
${reviews.reviews.map(quote).join('')}</div>
<p class="served">Reviews served by: <code>${escapeHtml(podname)}</code>${cluster}</p>
</section>
`
}

const quote = ({ reviewer, text, rating }: Review): string => `<figure>
<blockquote><p>${escapeHtml(text)}</p></blockquote>
<figcaption>${escapeHtml(reviewer)}${rating === undefined ? '' : 'error' in rating ? `<span class="missing">${escapeHtml(rating.error)}</span>` : stars(rating)}</figcaption>
</figure>
`
