import type { EventRecord } from '../store/store.ts'

/** The bytes of events in a stream (spec 02 §11.3.5). */
export function encodeFrames(events: readonly EventRecord[]): Buffer {
  return Buffer.from(events.map(frameText).join(''))
}

function frameText({ type, user, path, id, contentHash }: EventRecord): string {
  const hash = contentHash === undefined ? '' : `\ndata: content_hash: ${contentHash}`
  return `event: ${type}\ndata: pubky://${user}${path}\ndata: cursor: ${id}${hash}\n\n`
}

/**
 * A run of frames that one or many subscribers are about to get. Runs grow by events, and subscribers with the same
 * run share its nodes, so that a thousand followers of one user cost one concatenation, not a thousand.
 */
export class FrameRun {
  readonly length: number
  readonly #before: FrameRun | undefined
  readonly #frame: Buffer
  readonly #next = new Map<Buffer, FrameRun>()
  #bytes: Buffer | undefined

  private constructor(before: FrameRun | undefined, frame: Buffer) {
    this.#before = before
    this.#frame = frame
    this.length = (before?.length ?? 0) + frame.length
  }

  static start(frame: Buffer): FrameRun {
    return new FrameRun(undefined, frame)
  }

  /** This run and one more frame. */
  with(frame: Buffer): FrameRun {
    let next = this.#next.get(frame)
    if (next === undefined) {
      next = new FrameRun(this, frame)
      this.#next.set(frame, next)
    }
    return next
  }

  /** All frames in order. */
  bytes(): Buffer {
    if (this.#bytes === undefined) {
      const frames: Buffer[] = []
      for (let run: FrameRun | undefined = this; run !== undefined; run = run.#before) frames.push(run.#frame)
      const [only] = frames
      this.#bytes = frames.length === 1 && only !== undefined ? only : Buffer.concat(frames.reverse())
    }
    return this.#bytes
  }
}

/** An event as the hub passes it on: its frame is built once, whoever asks first. */
export class LiveEvent {
  readonly record: EventRecord
  #frame: Buffer | undefined
  #run: FrameRun | undefined

  constructor(record: EventRecord) {
    this.record = record
  }

  get frame(): Buffer {
    this.#frame ??= encodeFrames([this.record])
    return this.#frame
  }

  /** `run` and this event; or, without a run, this event alone. */
  after(run: FrameRun | undefined): FrameRun {
    if (run !== undefined) return run.with(this.frame)
    this.#run ??= FrameRun.start(this.frame)
    return this.#run
  }
}
