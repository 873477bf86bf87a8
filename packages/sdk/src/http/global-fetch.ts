/**
 * The platform's `fetch`, looked up at each call: apps and tests may replace it after a client was made
 * (spec 05 §1.5).
 */
export function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}
