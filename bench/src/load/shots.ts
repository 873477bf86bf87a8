import type { ExpectedAnswer, RequestSource } from './job.ts'

/** One request on its way. */
export interface Shot {
  readonly parts: readonly Uint8Array[]
  readonly answer: ExpectedAnswer
  /** Whether its latency counts. */
  readonly isTimed: boolean
}

/** Makes the requests of a source. `dueMicros` is the time a stamped request carries. */
export function shots(source: RequestSource): (number: number, dueMicros: number) => Shot {
  if (source.kind === 'mixed') {
    const [often, seldom] = [shots(source.often), shots(source.seldom)]
    const { period } = source
    return (number, due) =>
      number % period === 0 ? { ...seldom(number / period, due), isTimed: false } : often(number, due)
  }
  const { answer } = source
  if (source.kind === 'numbered') {
    const { before, after, isStamped, among } = source
    return (number, due) => {
      const drawn = among === undefined ? number : Math.floor(Math.random() * among)
      const digits = String(drawn).padStart(12, '0')
      const text = isStamped ? `${digits}-${String(due).padStart(16, '0')}` : digits
      return { parts: [before, Buffer.from(text, 'latin1'), after], answer, isTimed: true }
    }
  }
  const { requests } = source
  const ready = requests.map((request): Shot => ({ parts: [request], answer, isTimed: true }))
  return (number) => ready[number % ready.length]!
}
