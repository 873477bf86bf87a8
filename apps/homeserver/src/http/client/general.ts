/** `GET /` and `GET /info` (spec 02 §9.1, §9.2). */
import {
  FEATURE_GRANT_PROOF_LOGOUT,
  FEATURE_PATH_ADDRESSED_STORAGE,
  FEATURE_WEBDAV_LOCKS,
  FEATURE_WEBSITES,
} from '@pubky/protocol'
import type { Route } from '../kernel/route.ts'
import type { ClientExchange } from './client-exchange.ts'

/** What this server adds to the official protocol; clients ignore names they do not know. */
const ADDITIONS = [
  'etag-on-write',
  'conditional-writes',
  'byte-ranges',
  'listing-metadata',
  'cookie-sessions',
  'account-usage',
  'account-deletion',
  'openapi',
]

export function generalRoutes(init: { readonly websites: boolean }): readonly Route<ClientExchange>[] {
  const features = [
    FEATURE_PATH_ADDRESSED_STORAGE,
    FEATURE_GRANT_PROOF_LOGOUT,
    FEATURE_WEBDAV_LOCKS,
    ...(init.websites ? [FEATURE_WEBSITES] : []),
    ...ADDITIONS,
  ]
  return [
    {
      path: '/',
      allow: 'GET,HEAD',
      operations: {
        GET: {
          summary: 'Greeting',
          responses: { 200: '`Pubky Homeserver`' },
          handle: (exchange) => exchange.text(200, 'Pubky Homeserver'),
        },
      },
    },
    {
      path: '/info',
      allow: 'GET,HEAD',
      operations: {
        GET: {
          summary: 'Names of the features this server offers',
          responses: { 200: 'JSON with `features`' },
          handle: (exchange) => exchange.json(200, { features }, ['cache-control', 'no-store']),
        },
      },
    },
  ]
}
