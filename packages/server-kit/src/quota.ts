import { ServerKitError } from './errors.ts'

/** A request quota such as `10r/m`: `requests` per `periodSeconds`. */
export interface Quota {
  /** 1 … 4,294,967,295 */
  readonly requests: number
  readonly periodSeconds: 1 | 60 | 3600 | 86_400
}

const MAX_REQUESTS = 4_294_967_295
const NANOSECONDS = 1_000_000_000
const PERIODS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/**
 * Reads upstream's quota text `<n>r/<s|m|h|d>` without spaces (spec 02 §12.1, spec 04 §2.5).
 *
 * @throws ServerKitError `quota`: another form, a count outside the range, or a rate so high that one request's share
 *   of the period is below a nanosecond
 */
export function parseQuota(text: string): Quota {
  const match = /^([0-9]{1,10})r\/([smhd])$/.exec(text)
  const requests = Number(match?.[1])
  const unit = match?.[2]
  if (match === null || !isUnit(unit) || requests < 1 || requests > MAX_REQUESTS) {
    throw new ServerKitError(
      'quota',
      `not a quota: ${JSON.stringify(text)}; expected <n>r/<s|m|h|d> with n from 1 to ${MAX_REQUESTS}, such as 10r/m`,
    )
  }
  const periodSeconds = PERIODS[unit]
  if ((periodSeconds * NANOSECONDS) / requests < 1) {
    throw new ServerKitError('quota', `Request-count quota rate '${text}' is too high`)
  }
  return { requests, periodSeconds }
}

function isUnit(text: string | undefined): text is keyof typeof PERIODS {
  return text !== undefined && Object.hasOwn(PERIODS, text)
}
