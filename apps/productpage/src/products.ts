/** The shop's one book. `descriptionHtml` is our own HTML, so it goes into pages unescaped. */
import type { Product } from '@bookinfo/contracts/bookinfo'

export const book: Product = {
  id: 0,
  title: 'The Comedy of Errors',
  descriptionHtml:
    'A merchant of Syracuse has until sunset to find a thousand marks or lose his head, and he has strayed into the one city where his lost son lives. ' +
    'His other son has landed there this morning, in search of that twin. Both are called Antipholus, and both keep a servant called Dromio, for the servants are twins as well. ' +
    'Before the day is out the wrong man is welcomed home, fed, beaten, billed for a gold chain, arrested and declared mad, while everyone tells the plain truth as they see it. ' +
    'It is the shortest of Shakespeare’s plays and one of his first: <em>a knot of mistaken identities</em> that comes undone, as such knots should, in an embrace.',
}

export const products: readonly Product[] = [book]
