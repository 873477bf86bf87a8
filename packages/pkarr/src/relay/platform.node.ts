/** Headers that make relays and every cache on the way ask again; what the official native client sends. */
export const BYPASS: RequestInit = { headers: { 'cache-control': 'no-cache, no-store, must-revalidate' } }

/** Whether look-ups say which packet is known, so that a relay can answer 304. */
export const CONDITIONAL_REQUESTS: boolean = true
