import type { PathMatch } from '../model/path-match.ts'
import type { Route } from '../model/route.ts'

interface Node {
  children: Map<number, Node>
  /** Numbers of the routes whose prefix ends here. */
  routes: number[]
}

const node = (): Node => ({ children: new Map(), routes: [] })

/** One case of paths: exact ones in a map, prefixes in a trie by character. */
class Paths {
  #exact = new Map<string, number[]>()
  #prefixes = node()
  #any = false

  add(path: PathMatch, number: number): void {
    this.#any = true
    if (path.kind === 'exact') {
      const numbers = this.#exact.get(path.value)
      if (numbers) numbers.push(number)
      else this.#exact.set(path.value, [number])
      return
    }
    let at = this.#prefixes
    for (let index = 0; index < path.value.length; index++) {
      const code = path.value.charCodeAt(index)
      const next = at.children.get(code) ?? node()
      at.children.set(code, next)
      at = next
    }
    at.routes.push(number)
  }

  collect(path: string, into: number[]): void {
    if (!this.#any) return
    const exact = this.#exact.get(path)
    if (exact) into.push(...exact)
    let at: Node | undefined = this.#prefixes
    for (let index = 0; at; index++) {
      if (at.routes.length > 0) into.push(...at.routes)
      if (index === path.length) return
      at = at.children.get(path.charCodeAt(index))
    }
  }
}

/** Routes in order, found by path: the cost grows with the routes that fit the path, not with all of them. */
export class RouteIndex {
  readonly routes: readonly Route[]
  #sensitive = new Paths()
  #insensitive = new Paths()
  #ignoresCase = false
  #patterns: number[] = []

  constructor(routes: readonly Route[]) {
    this.routes = routes
    for (const [number, { path }] of routes.entries()) {
      if (path.kind === 'regex') this.#patterns.push(number)
      else if (path.ignoreCase) {
        this.#ignoresCase = true
        this.#insensitive.add(path, number)
      } else this.#sensitive.add(path, number)
    }
  }

  /** The first route, in their order, whose path fits and that `accepts`. */
  find(path: string, accepts: (route: Route) => boolean): Route | undefined {
    const numbers: number[] = []
    this.#sensitive.collect(path, numbers)
    if (this.#ignoresCase) this.#insensitive.collect(path.toLowerCase(), numbers)
    if (this.#patterns.length > 0) numbers.push(...this.#patterns)
    if (numbers.length > 1) numbers.sort((a, b) => a - b)
    for (const number of numbers) {
      const route = this.routes[number]!
      if (fits(route.path, path) && accepts(route)) return route
    }
    return undefined
  }
}

const fits = (match: PathMatch, path: string): boolean => {
  if (match.kind === 'regex') return match.test(path)
  return match.kind !== 'segments' || path.length === match.value.length || match.value === '' || path[match.value.length] === '/'
}
