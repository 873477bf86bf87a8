import { accounts } from './2026-11-24-accounts.ts'
import { deletion } from './2026-11-24-deletion.ts'
import { departedGrants } from './2026-11-24-departed-grants.ts'
import { departedUsers } from './2026-11-24-departed-users.ts'
import { files } from './2026-11-24-files.ts'
import { initial } from './2026-11-24-initial.ts'
import { reads } from './2026-11-24-reads.ts'
import { writer } from './2026-11-24-writer.ts'

/** A dated, forward-only change of the schema. Names never change once released. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Every migration in the order of application. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '2026-11-24-initial', sql: initial },
  { name: '2026-11-24-reads', sql: reads },
  { name: '2026-11-24-accounts', sql: accounts },
  { name: '2026-11-24-files', sql: files },
  { name: '2026-11-24-deletion', sql: deletion },
  { name: '2026-11-24-writer', sql: writer },
  { name: '2026-11-24-departed-grants', sql: departedGrants },
  { name: '2026-11-24-departed-users', sql: departedUsers },
]
