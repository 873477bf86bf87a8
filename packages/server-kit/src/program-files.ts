import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * The version of the package that a program belongs to.
 *
 * @param moduleUrl `import.meta.url` of a module directly in `src/` or `dist/`
 */
export function packageVersion(moduleUrl: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', moduleUrl), 'utf8'))
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'unknown'
  return String(manifest.version)
}

/**
 * An absolute path for a path from the command line: a leading `~/` is the home folder, and a relative path starts where
 * the person is. Package managers run scripts in the package's own folder and tell the person's in `INIT_CWD`.
 */
export function resolveUserPath(path: string, environment: NodeJS.ProcessEnv = process.env): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(2))
  return resolve(environment.INIT_CWD ?? process.cwd(), path)
}
