/** The time, updated at intervals. */
import { useEffect, useState } from 'preact/hooks'

/** ms since 1970, updated every `ms`. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms)
    return () => clearInterval(timer)
  }, [ms])
  return now
}
