import { type Logger, REDACTED, redactTarget } from '@pubky/server-kit'
import type { AnswerListener } from '../kernel/exchange.ts'

/** Logs each answer at level `debug`, without sign-up tokens and private paths (spec 03 §6.3). */
export function answerLogger(log: Logger): AnswerListener {
  return (exchange, status) => {
    const target = redactTarget(exchange.request.url ?? '').replace(/\/priv\/.*$/s, `/priv/${REDACTED}`)
    log.debug({ method: exchange.method, target, status, client: exchange.client?.address }, 'answered')
  }
}
