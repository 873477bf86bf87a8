import { invalidInput } from './errors/create.ts'

/** How much the SDK tells on the console. */
export type Level = 'error' | 'warn' | 'info' | 'debug' | 'trace'

const LEVELS: readonly Level[] = ['error', 'warn', 'info', 'debug', 'trace']

/** Nothing is printed until an app asks for it. */
let threshold = -1

/**
 * Prints messages of this level and more important ones to the console (spec 05 §2.3). May be called again to change
 * the level. Throws `InvalidInput` for an unknown level. Secrets, bearers and authorization URLs are never printed.
 */
export function setLogLevel(level: Level): void {
  const index = LEVELS.indexOf(level)
  if (index < 0) throw invalidInput('Invalid log level')
  threshold = index
  console.info(`Log level set to: ${level}`)
}

/** Writes one line if the level is asked for; a function is called only then. Callers keep secrets out of it. */
export function log(level: Level, text: string | (() => string)): void {
  // Said apart so that bundlers see it: where nobody can set a level, nothing of this is left.
  if (threshold < 0 || LEVELS.indexOf(level) > threshold) return
  console[level === 'trace' ? 'debug' : level](`pubky: ${typeof text === 'string' ? text : text()}`)
}
