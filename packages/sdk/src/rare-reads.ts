/**
 * What few pages that only read need: requests to any URL, large files, whole folders, names of rare failures. Loaded
 * when the first of these is used, apart from `later.ts`.
 */
export { rareReason } from './errors/rare-reasons.ts'
export { fetchRaw } from './http/fetch-raw.ts'
export { downloadFile } from './storage/download.ts'
export { folderEntries } from './storage/entries.ts'
