/** Media type by file name (spec 02 §10.6 rule 2, appendix B). */
import { EXTENSION_TABLE } from './extension-table.ts'

const TYPE_BY_EXTENSION = parseTable(EXTENSION_TABLE)

/**
 * Media type of a storage path by the extension of its last segment, or `undefined` when there is none or it is unknown.
 *
 * The extension is the text after the last dot, case-insensitive; a dot that only starts the name makes none.
 */
export function typeByExtension(path: string): string | undefined {
  const nameStart = path.lastIndexOf('/') + 1
  const dot = path.lastIndexOf('.')
  if (dot <= nameStart) return undefined
  return TYPE_BY_EXTENSION.get(path.slice(dot + 1).toLowerCase())
}

function parseTable(table: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>()
  for (const line of table.trimEnd().split('\n')) {
    const [type = '', ...extensions] = line.split(' ')
    for (const extension of extensions) types.set(extension, type)
  }
  return types
}
