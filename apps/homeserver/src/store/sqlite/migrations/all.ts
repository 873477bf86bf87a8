import { departedUsers } from './2026-11-24-departed-users.ts'
import { initial } from './2026-11-24-initial.ts'
import { inlineBodies } from './2026-11-24-inline-bodies.ts'

/** A dated, forward-only change of the schema. Names never change once released. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Every migration in the order of application. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '2026-11-24-initial', sql: initial },
  { name: '2026-11-24-inline-bodies', sql: inlineBodies },
  { name: '2026-11-24-departed-users', sql: departedUsers },
]
