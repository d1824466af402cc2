/** The signed-in user: a name in a signed cookie. Any password is accepted, as upstream does: this is a demonstration. */
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomBytes } from 'node:crypto'
import { Type, type Static } from '@bookinfo/contracts/schema'

/** The name travels in a header and stands on the page, so that it is 1 to 64 visible ASCII characters; spaces around it are ignored. */
export const Login = Type.Object({ username: Type.String({ pattern: '^ *[!-~]([ -~]{0,62}[!-~])? *$' }) })
export type Login = Static<typeof Login>

/** Makes `app` sign its cookies with `secret`; without one, sign-ins last as long as this process and are valid only in it. */
export async function registerSessions(app: FastifyInstance, secret: string | undefined): Promise<void> {
  if (secret === undefined) app.log.warn('SESSION_SECRET is not set: sign-ins are lost on restart and not shared between replicas')
  await app.register(cookie, { secret: secret ?? randomBytes(32).toString('hex') })
}

/** The name of the signed-in user, or `undefined`; a cookie that was tampered with counts as none. */
export function signedInUser(request: FastifyRequest): string | undefined {
  const signed = request.cookies['session']
  if (signed === undefined) return undefined
  const { valid, value } = request.unsignCookie(signed)
  return valid ? value : undefined
}

export function signIn(request: FastifyRequest, reply: FastifyReply, { username }: Login): FastifyReply {
  return reply.setCookie('session', username.trim(), {
    ...attributes,
    signed: true,
    secure: request.headers['x-forwarded-proto'] === 'https',
  })
}

export const signOut = (reply: FastifyReply): FastifyReply => reply.clearCookie('session', attributes)

const attributes = { path: '/', httpOnly: true, sameSite: 'lax' } as const
