/** The time in microseconds since the epoch. Passed in, so that tests can set it. */
export type Clock = () => number

/** The machine's wall clock, with the millisecond resolution that JavaScript offers. */
export const systemClock: Clock = () => Date.now() * 1000
