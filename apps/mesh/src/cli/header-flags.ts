import { CliError } from './cli-error.ts'

/** `-H 'name: value'`, several times. */
export function readHeaderFlags(flags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    flags.map((flag) => {
      const colon = flag.indexOf(':')
      if (colon <= 0) throw new CliError(`error: -H "${flag}": expected name: value`)
      return [flag.slice(0, colon).trim().toLowerCase(), flag.slice(colon + 1).trim()]
    }),
  )
}
