/** HTTP dates, RFC 9110 §5.6.7: whole seconds, three accepted forms, one written form. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = `(${MONTHS.join('|')})`
const TIME = '(\\d\\d):(\\d\\d):(\\d\\d)'
const IMF_FIXDATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) ${MONTH} (\\d{4}) ${TIME} GMT$`)
const RFC_850 = new RegExp(
  `^(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday), (\\d\\d)-${MONTH}-(\\d\\d) ${TIME} GMT$`,
)
const ASCTIME = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`)
const LAST_SECOND = 253_402_300_799n

/** Formats microseconds since 1970, rounded down; what lies behind the year 9999 is written as its last second. */
export function formatHttpDate(microseconds: bigint): string {
  const seconds = microseconds / 1_000_000n
  return new Date(Number(seconds > LAST_SECOND ? LAST_SECOND : seconds) * 1000).toUTCString()
}

/** Microseconds since 1970 of an HTTP date in any of its three forms; `undefined` for any other text. */
export function parseHttpDate(text: string): bigint | undefined {
  const fix = IMF_FIXDATE.exec(text)
  if (fix !== null) return microseconds(Number(fix[3]), fix[2]!, fix[1]!, fix.slice(4))
  const asctime = ASCTIME.exec(text)
  if (asctime !== null) return microseconds(Number(asctime[6]), asctime[1]!, asctime[2]!, asctime.slice(3, 6))
  const rfc850 = RFC_850.exec(text)
  if (rfc850 === null) return undefined
  // Two digits: this century before 70, the last one from 70 on, as the official parser reads them.
  const year = Number(rfc850[3])
  return microseconds(year + (year < 70 ? 2000 : 1900), rfc850[2]!, rfc850[1]!, rfc850.slice(4))
}

function microseconds(year: number, month: string, day: string, time: readonly string[]): bigint | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, MONTHS.indexOf(month), Number(day))
  const dayExists = date.getUTCDate() === Number(day)
  if (year < 1970 || !dayExists || hour > 23 || minute > 59 || second > 59) return undefined
  return BigInt(date.setUTCHours(hour, minute, second)) * 1000n
}
