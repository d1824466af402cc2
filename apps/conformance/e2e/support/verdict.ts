/** What the suite said of one wrong mesh. */
import type { SeededFault } from './meshes.ts'

export interface Verdict {
  fault: SeededFault
  /** Checks that had to fail and did. */
  killedBy: string[]
  /** Checks that had to fail and did not. */
  missed: string[]
  /** Checks that failed too, and are about the same feature. */
  touched: string[]
  /** Checks that failed and are about something else. */
  astray: string[]
  ran: number
  /** What the checks that went astray found. */
  found: string[]
}
