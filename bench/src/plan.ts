/** How much is measured, and for how long. */
export interface Plan {
  readonly name: 'smoke' | 'quick' | 'full'
  /** Rounds of every paired case. */
  readonly rounds: number
  /** Seconds per entrant, case and round. */
  readonly seconds: number
  /** Requests a round of cases that use up what was prepared: deletions, sign-ins. */
  readonly prepared: number
  /** Files to choose from in the cases with many. */
  readonly files: number
  /** Sizes of the accounts whose writing and listing is compared with those of a small one. */
  readonly entries: { readonly few: number; readonly many: number; readonly most: number }
  readonly events: {
    readonly subscribers: number
    /** Events a second, rung by rung, until latency gives way. */
    readonly rates: readonly number[]
    readonly idleStreams: number
    /** Events written while streams go over from the log to live. */
    readonly seamEvents: number
    readonly slowReaders: number
  }
  readonly relay: {
    readonly dhtNodes: number
    readonly cachedKeys: number
    /** Look-ups a second of keys that only the DHT knows. */
    readonly coldRate: number
  }
  /** Requests per side and round of the SDK cases. */
  readonly sdkRequests: number
}

const RATES = [50, 100, 200, 400, 600, 800, 1200, 1600]

export const PLANS: Readonly<Record<Plan['name'], Plan>> = {
  smoke: {
    name: 'smoke',
    rounds: 1,
    seconds: 0.2,
    prepared: 20,
    files: 100,
    entries: { few: 10, many: 100, most: 300 },
    events: { subscribers: 50, rates: [25, 50], idleStreams: 200, seamEvents: 500, slowReaders: 4 },
    relay: { dhtNodes: 4, cachedKeys: 20, coldRate: 50 },
    sdkRequests: 20,
  },
  quick: {
    name: 'quick',
    rounds: 3,
    seconds: 1,
    prepared: 1_000,
    files: 10_000,
    entries: { few: 100, many: 10_000, most: 100_000 },
    events: { subscribers: 1_000, rates: RATES, idleStreams: 9_900, seamEvents: 20_000, slowReaders: 200 },
    relay: { dhtNodes: 10, cachedKeys: 500, coldRate: 200 },
    sdkRequests: 2_000,
  },
  full: {
    name: 'full',
    rounds: 7,
    seconds: 5,
    prepared: 5_000,
    files: 100_000,
    entries: { few: 100, many: 10_000, most: 100_000 },
    events: { subscribers: 1_000, rates: RATES, idleStreams: 9_900, seamEvents: 100_000, slowReaders: 1_000 },
    relay: { dhtNodes: 50, cachedKeys: 1_000, coldRate: 200 },
    sdkRequests: 5_000,
  },
}
