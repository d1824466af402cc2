/** Numbers of the run's seed (mulberry32), so that a run can be repeated with the same ids and order. */

export interface Seeded {
  /** Uniform in [0, 1). */
  number(): number
  hex(digits: number): string
  shuffled<T>(items: readonly T[]): T[]
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  function number() {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    number,
    hex: (digits) =>
      Array.from({ length: digits }, (_, i) => Math.floor(i === 0 ? 1 + number() * 15 : number() * 16).toString(16)).join(''),
    shuffled(items) {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = Math.floor(number() * (i + 1))
        ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
      }
      return copy
    },
  }
}
