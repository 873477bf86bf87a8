/** Reading large files and whole folders: loaded when the first of these is called, apart from `later.ts`. */
export { downloadFile } from './download.ts'
export { folderEntries } from './entries.ts'
