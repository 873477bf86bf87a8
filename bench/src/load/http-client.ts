import { Child } from '../process/child.ts'
import type { HttpLoad } from './http-load.ts'

/** The load process; one serves a whole group. */
export type LoadClient = Child<HttpLoad>

export function startLoadClient(): LoadClient {
  return new Child<HttpLoad>(new URL('./http-load.ts', import.meta.url), 1)
}
