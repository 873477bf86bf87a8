/**
 * Software of others that a test meets as a peer. Where it is missing the suite is skipped with a message that says how to
 * get it; in CI that is an error, because a skipped interop test shows nothing.
 *
 * @returns what to hand to `describe.skipIf`
 */
export function missingPeer(name: string, available: boolean, howToGetIt: string): boolean {
  if (available) return false
  const message = `${name} is missing. Get it with: ${howToGetIt}`
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`skipped: ${message}`)
  return true
}
