/** Names and constants that every part of Pubky shares (spec 01 §11). Times are in seconds. */

/** Header and query parameter that name the tenant of a host-addressed request. */
export const PUBKY_HOST = 'pubky-host'
/** Label in front of a user's key in a host name. */
export const USER_HOST_LABEL = '_pubky'
/** Query parameter of a sign-up. */
export const SIGNUP_TOKEN_QUERY = 'signup_token'

/** Entries that the world may read. */
export const PUBLIC_ROOT = '/pub/'
/** Entries that need a session with `r`. */
export const PRIVATE_ROOT = '/priv/'

/** Names in `features` of `GET /info`, in the order in which servers list them. */
export const FEATURE_PATH_ADDRESSED_STORAGE = 'path-addressed-storage'
export const FEATURE_GRANT_PROOF_LOGOUT = 'grant-proof-logout'
export const FEATURE_WEBDAV_LOCKS = 'webdav-locks'
export const FEATURE_WEBSITES = 'websites'

/** Client id that sign-up grants carry and no app may use. */
export const SIGNUP_CLIENT_ID = 'pubky.signup'

/** Private SvcParam of HTTPS records: HTTP port of a testnet homeserver, u16 big-endian. */
export const HTTP_PORT_SVC_PARAM = 65_280

/** HTTP relay that official apps use when told nothing else. */
export const DEFAULT_HTTP_RELAY = 'https://httprelay.pubky.app/inbox'

/**
 * Longest AuthToken, grant or proof that a homeserver reads: eight times what relays carry. Claims are read long before a
 * signature says whose they are.
 */
export const MAX_CREDENTIAL_LENGTH = 16_384
/** How far an AuthToken's time may be from now, either way. */
export const AUTH_TOKEN_WINDOW = 180
/** How far a proof-of-possession's time may be from now, either way. */
export const POP_WINDOW = 180
/** How long seen nonces and tokens are remembered. */
export const REPLAY_MEMORY = 360
/** Longest life of a bearer; it never outlives its grant. */
export const BEARER_LIFETIME = 3600
/** Time before a bearer's end at which it is refreshed. */
export const BEARER_REFRESH_SLACK = 300
/** Life of a grant made for signing up, and the most a server accepts. */
export const SIGNUP_GRANT_LIFETIME = 300
/** Life of a grant that an SDK signs: two years. */
export const GRANT_LIFETIME = 63_072_000
/** Life of a session cookie. */
export const COOKIE_LIFETIME = 31_536_000
/** Clock difference that a verifier of custom proofs forgives. */
export const CUSTOM_PROOF_SKEW = 30

/** Ports of the static testnet (spec 06 §9). */
export const TESTNET_PORTS = {
  dhtBootstrap: 6881,
  pkarrRelay: 15_411,
  httpRelay: 15_412,
  homeserverHttp: 6286,
  homeserverTls: 6287,
  homeserverAdmin: 6288,
} as const
