/** The shop's one book. `descriptionHtml` is HTML of our own, so that it goes into pages as it is. */
import type { Product } from '@bookinfo/contracts/bookinfo'

export const book: Product = {
  id: 0,
  title: 'The Comedy of Errors',
  descriptionHtml:
    'A merchant of Syracuse has until sunset to find a thousand marks or lose his head, and he has come to the one city where his lost son lives. ' +
    'So does the son’s twin, who is looking for him, and each twin has a servant, and the servants are twins too. ' +
    'Within a day the wrong man is kissed, dined, beaten, billed for a gold chain, arrested and declared mad, while everybody tells the plain truth as they see it. ' +
    'It is the shortest of Shakespeare’s plays and among his first: <em>a machine for mistaken identity</em> that ends, as such machines should, in an embrace.',
}

export const products: readonly Product[] = [book]
