/** Bandwidth texts such as `100mb/m` (spec 02 §12.5, 03 §2.8). */

/** So many kilobytes (1024 bytes) per period. */
export interface BandwidthRate {
  readonly kilobytes: number
  readonly periodSeconds: number
  /** Kilobytes per unit of the text, which bursts are counted in. */
  readonly unitKilobytes: number
}

const UNITS: Readonly<Record<string, number>> = { kb: 1, mb: 1024, gb: 1024 * 1024 }
const PERIODS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const MAX_COUNT = 4_294_967_295

/** Reads `<n><kb|mb|gb>/<s|m|h|d>` (unit in any case); undefined for anything else. */
export function parseBandwidthRate(text: string): BandwidthRate | undefined {
  const [, count = '', unit = '', period = ''] = /^(\d{1,10})(kb|mb|gb)\/([smhd])$/i.exec(text) ?? []
  const unitKilobytes = UNITS[unit.toLowerCase()]
  const periodSeconds = PERIODS[period]
  const number = Number(count)
  if (unitKilobytes === undefined || periodSeconds === undefined || number < 1 || number > MAX_COUNT) return undefined
  return { kilobytes: number * unitKilobytes, periodSeconds, unitKilobytes }
}
