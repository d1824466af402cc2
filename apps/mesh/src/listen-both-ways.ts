import { ConfigError } from '@bookinfo/contracts/environment'

/** Opens 127.0.0.1 and, where the machine has it, ::1 on the same port; or `only` one address. @throws ConfigError naming `variable` when the port is taken. */
export async function listenBothWays(
  variable: string,
  asked: number,
  open: (port: number, host: string) => Promise<number>,
  only?: string,
): Promise<number> {
  const guarded = (port: number, host: string) =>
    open(port, host).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new ConfigError(`${variable} ${port} is taken: stop what listens there, or set ${variable} to a free port`)
      if (error.code === 'EACCES') throw new ConfigError(`${variable} ${port} is not allowed: set ${variable} to a port from 1024 on`)
      if (only !== undefined && error.code === 'EADDRNOTAVAIL') throw new ConfigError(`HOST ${only} is not an address of this machine`)
      if (host === '::1' && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) return port
      throw error
    })
  if (only !== undefined) return guarded(asked, only)
  for (let tries = 5; ; tries--) {
    const port = await guarded(asked, '127.0.0.1')
    try {
      await guarded(port, '::1')
      return port
    } catch (error) {
      // Any free port will do, and another program has this one on ::1. What listens on it already closes with the rest.
      if (asked !== 0 || tries === 0 || !(error instanceof ConfigError)) throw error
    }
  }
}

/** An address where what listens on `host` is reached from this machine. */
export const localAddress = (host = '127.0.0.1') => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
