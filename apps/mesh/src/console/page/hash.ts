/** Where in the console one is: behind the address's `#`, so that a place can be kept and the way back works. */
import { useEffect, useState } from 'preact/hooks'

const parts = () => location.hash.slice(1).split('/').map(decodeURIComponent)

/** `#workloads/reviews-v1` as `['workloads', 'reviews-v1']`. */
export function useHash(): string[] {
  const [hash, setHash] = useState(parts)
  useEffect(() => {
    const look = () => setHash(parts())
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])
  return hash
}
