/** Microseconds since 1970-01-01T00:00:00Z. */
export type MicrosecondClock = () => bigint

/** The system's wall clock in microseconds; it follows corrections of the clock. */
export function wallMicroseconds(): bigint {
  return BigInt(Date.now()) * 1000n
}
