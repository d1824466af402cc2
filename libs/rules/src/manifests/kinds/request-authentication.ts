/** RequestAuthentication, `security.istio.io/v1` and v1beta1. */
import type { ObjectOf } from '../../model/manifest.ts'
import { isKeySet } from '../../model/key-set.ts'
import { oneTarget, targets } from './policy-target.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, list, nonEmpty, object, refused, required, string } from '../schema.ts'
import { durationOf, headerName } from './parts.ts'

const jwks = string((value) => (isKeySet(value) ? undefined : 'must be a JSON Web Key Set: {"keys": […]}'), 'JWKS')
const address = string(
  (value) => (/^https?:\/\//.test(value) && URL.canParse(value) ? undefined : 'must be an address, https://…'),
  'http(s) address',
)

export const requestAuthentication = object(
  {
    ...targets,
    jwtRules: list(
      object(
        {
          issuer: required(nonEmpty),
          audiences: list(nonEmpty),
          jwks,
          jwksUri: address,
          jwks_uri: refused('write jwksUri'),
          fromHeaders: list(object({ name: required(headerName), prefix: string() })),
          fromParams: list(nonEmpty),
          fromCookies: list(nonEmpty),
          outputPayloadToHeader: headerName,
          outputClaimToHeaders: list(object({ header: required(headerName), claim: required(nonEmpty) })),
          forwardOriginalToken: boolean,
          timeout: durationOf(1),
          presence: refused('to deny requests without a token, use an AuthorizationPolicy with action DENY and notRequestPrincipals ["*"]'),
          spaceDelimitedClaims: refused('only scope and permission are split at spaces, as Istio does by default'),
        },
        (value) => {
          if (value.jwks !== undefined && value.jwksUri !== undefined) return 'must have only one of jwks and jwksUri'
          return value.jwks === undefined && value.jwksUri === undefined
            ? { at: 'jwks', message: "is missing: the mesh does not read an issuer's discovery document" }
            : undefined
        },
      ),
    ),
  },
  oneTarget,
)

export type RequestAuthentication = TypeOf<typeof requestAuthentication>
export type RequestAuthenticationObject = ObjectOf<RequestAuthentication>
export type JwtRule = NonNullable<RequestAuthentication['jwtRules']>[number]
