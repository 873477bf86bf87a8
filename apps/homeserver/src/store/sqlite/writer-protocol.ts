/** Messages between the threads. */
import type { Job, JobResult } from './operations.ts'

/** What the writer thread needs to know. */
export interface WriterThreadInit {
  readonly path: string
  readonly ballastPath: string | undefined
}

/** A batch, with all inline bodies in one transferred buffer. */
export interface BatchMessage {
  readonly jobs: readonly Job[]
  readonly bodies: ArrayBuffer
  /** For each job the length of its body, -1 for none; bodies follow each other in job order. */
  readonly bodyLengths: Int32Array
}

export type WriterMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'results'; readonly results: readonly JobResult[] }
  | { readonly kind: 'failed'; readonly message: string }
