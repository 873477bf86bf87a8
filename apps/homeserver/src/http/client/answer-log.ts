import { type Logger, REDACTED, redactTarget } from '@pubky/server-kit'
import type { AnswerListener } from '../kernel/exchange.ts'

/** Where a private path begins in a target or in a parameter, however it is spelled. */
const PRIVATE = /([/=]|%2f)(?:p|%70)(?:r|%72)(?:i|%69)(?:v|%76)(?:\/|%2f).*$/is

/** A request target without sign-up tokens and private paths. */
export function loggedTarget(target: string): string {
  return redactTarget(target).replace(PRIVATE, `$1priv/${REDACTED}`)
}

/** Logs each answer at level `debug`, without sign-up tokens and private paths (spec 03 §6.3). */
export function answerLogger(log: Logger): AnswerListener {
  return (exchange, status) => {
    const target = loggedTarget(exchange.request.url ?? '')
    log.debug({ method: exchange.method, target, status, client: exchange.client?.address }, 'answered')
  }
}
