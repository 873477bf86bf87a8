/** What `failure-codes.ts` is in browsers, which do not tell scripts why a connection failed. */
export function kindOfCode(_error: Error): 'timeout' | 'connection' | undefined {
  return undefined
}
