import type { EntryRecord } from '../store/store.ts'

/** A small public file ready to be sent. */
export interface CachedFile {
  readonly entry: EntryRecord
  readonly body: Uint8Array
  /** Ready header arrays, made and owned by the HTTP layer; kept here so that they live and die with the version. */
  prepared: unknown
}
