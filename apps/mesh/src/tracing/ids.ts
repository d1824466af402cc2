/** Random ids in lower-case hex, drawn from a pool because a request needs several. */
import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(4096)
let used = pool.length

function hex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}

/** 128 bits, never all zero. */
export const newTraceId = (): string => nonZero(hex(16)) ?? newTraceId()

/** 64 bits, never all zero. */
export const newSpanId = (): string => nonZero(hex(8)) ?? newSpanId()

const nonZero = (id: string) => (/[1-9a-f]/.test(id) ? id : undefined)
