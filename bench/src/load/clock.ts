/** Microseconds of the system's monotonic clock: the same in all processes of a machine. */
export function micros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
