/** One side's figures over all rounds of a case. */
export interface Side {
  readonly name: string
  /** What the case counts, a second; one figure per round. */
  readonly rates: readonly number[]
  /** Milliseconds, one figure per round; empty where latency is not measured. */
  readonly p50: readonly number[]
  readonly p99: readonly number[]
  readonly p999: readonly number[]
  /** CPU microseconds of the side's process per unit, one figure per round; empty where it cannot be told. */
  readonly cpuMicros: readonly number[]
  /** Resident memory of the process behind the last round; 0 where it cannot be told. */
  readonly residentMiB: number
}

/** A figure that is held against a bar: a ratio to a peer, or a number of its own. */
export interface Measure {
  /** Name of the peer, or what is measured. */
  readonly name: string
  /** One per round, or a single exact one. */
  readonly values: readonly number[]
}

/** Everything one case found out, as `--json` prints it. */
export interface CaseReport {
  readonly group: string
  readonly name: string
  /** What is counted: `requests`, `deliveries`, `MiB` … */
  readonly unit: string
  readonly ours: Side
  readonly peers: readonly Side[]
  /** Ratios of ours to each peer, under the peer's name, and whatever else is judged. */
  readonly measures: readonly Measure[]
  /** What was checked, and what a reader must know. */
  readonly remarks: readonly string[]
}
