/** Which methods the paths of a server allow: what a 405 and an answer to OPTIONS say in `Allow`. */

/** A segment of a pattern: `:name` is any one segment, `*` is any rest. */
const segment = (text: string) => (text === '*' ? '.*' : text.startsWith(':') ? '[^/]*' : text.replace(/[^\w-]/g, String.raw`\$&`))

export class AllowedMethods {
  readonly #routes = new Map<string, { path: RegExp; methods: Set<string> }>()

  /** Notes a route, as `/reviews/:id`. */
  add(pattern: string, methods: string | readonly string[]): void {
    let route = this.#routes.get(pattern)
    if (!route)
      this.#routes.set(pattern, (route = { path: new RegExp(`^${pattern.split('/').map(segment).join('/')}$`), methods: new Set() }))
    for (const method of [methods].flat()) route.methods.add(method)
  }

  /** The value of `Allow` for the path of `url`, for the server as a whole where that is `*`, and nothing where no route has the path. */
  of(url: string): string | undefined {
    const path = url.split(/[?#]/, 1)[0]!
    const found = [...this.#routes.values()].filter((route) => path === '*' || route.path.test(path))
    if (found.length === 0) return undefined
    return [...new Set(['OPTIONS', ...found.flatMap(({ methods }) => [...methods])])].sort().join(', ')
  }
}
