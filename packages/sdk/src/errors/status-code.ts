import { PubkyError } from './pubky-error.ts'

/** The HTTP status an error carries, if a server answered. */
export function statusCodeOf(error: unknown): number | undefined {
  if (!(error instanceof PubkyError)) return undefined
  const { data } = error
  if (typeof data !== 'object' || data === null || !('statusCode' in data)) return undefined
  return typeof data.statusCode === 'number' ? data.statusCode : undefined
}
