/** Codes of Node's network errors that mean no connection came about. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

/** What kind of failure the code of an error stands for; undefined when it has none that says. */
export function kindOfCode(error: Error): 'timeout' | 'connection' | undefined {
  const code = 'code' in error ? String(error.code) : ''
  if (code.endsWith('TIMEOUT') || code === 'ETIMEDOUT') return 'timeout'
  return CONNECTION_CODES.has(code) ? 'connection' : undefined
}
