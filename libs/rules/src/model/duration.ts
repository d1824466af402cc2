const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000001 }
const whole = /^(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|ns)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|ns))*$/
const part = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g

/** Milliseconds of a Go duration such as `7s`, `0.5s`, `1h30m`; undefined when it is none. */
export const milliseconds = (text: string): number | undefined => {
  if (text === '0') return 0
  if (text.length > 40 || !whole.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(part)) sum += Number(amount) * units[unit!]!
  return sum
}

/** Milliseconds of a duration that its schema has accepted. */
export const duration = (text: string): number => milliseconds(text) ?? 0
