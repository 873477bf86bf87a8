/** `GET /` and `GET /info` of the operator (spec 03 §2.3, §2.4). */
import type { Route } from '../kernel/route.ts'
import type { AdminServices } from './admin-services.ts'

const MEGABYTE = 1_048_576

export const greeting: Route = {
  path: '/',
  allow: 'GET,HEAD',
  operations: {
    GET: {
      summary: 'Greeting; works without a password',
      access: 'anyone',
      responses: { 200: '`Homeserver - Admin Endpoint`' },
      handle: (exchange) => exchange.text(200, 'Homeserver - Admin Endpoint'),
    },
  },
}

export function infoRoute({ core, describe }: AdminServices): Route {
  return {
    path: '/info',
    allow: 'GET,HEAD',
    operations: {
      GET: {
        summary: 'Numbers about the server',
        access: 'operator',
        responses: { 200: 'JSON' },
        async handle(exchange) {
          const sums = await core.users.statistics()
          const server = describe()
          const answer = {
            num_users: sums.users,
            num_disabled_users: sums.disabledUsers,
            total_disk_used_mb: Math.round(sums.usedBytes / MEGABYTE),
            num_signup_codes: sums.signupTokens,
            num_unused_signup_codes: sums.unusedSignupTokens,
            public_key: server.publicKey,
            pkarr_pubky_address: server.pubkyAddress,
            pkarr_icann_domain: server.icannDomain,
            version: server.version,
            used_bytes: sums.usedBytes,
          }
          exchange.json(200, answer, ['cache-control', 'no-store'])
        },
      },
    },
  }
}
