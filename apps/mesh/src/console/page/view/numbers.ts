/** Numbers as a glance can take them in. */

/** Requests per second: `0.4`, `12`, `1,200`. */
export function rate(value: number): string {
  if (value === 0) return '0'
  return value < 10 ? String(Math.max(0.1, Math.round(value * 10) / 10)) : Math.round(value).toLocaleString('en')
}

/** ms in two or three digits with its unit: `0.8 ms`, `41 ms`, `7.0 s`. */
export function duration(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(ms < 99_950 ? 1 : 0)} s`
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** Of 1: `0 %`, `< 1 %`, `12 %`, `> 99 %`, `100 %`; nothing that happens is rounded away. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '< 1 %'
  if (share < 1 && share > 0.99) return '> 99 %'
  return `${Math.round(share * 100)} %`
}

/** How long ago: `now`, `12 s`, `3 min`, `2 h`. */
export function ago(ms: number): string {
  if (ms < 2000) return 'now'
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}

export const count = (number: number, one: string, many = `${one}s`) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** `1.5 kB` */
export function bytes(value: number): string {
  if (value < 1000) return `${Math.round(value)} B`
  if (value < 1_000_000) return `${(value / 1000).toFixed(1)} kB`
  return `${(value / 1_000_000).toFixed(1)} MB`
}
