import { auth } from './auth.ts'
import { authFlowState } from './auth-flow-state.ts'
import { capabilities } from './capabilities.ts'
import type { Case } from './case.ts'
import { constructorCases } from './constructor.ts'
import { deepLinks } from './deep-links.ts'
import { events } from './events.ts'
import { http } from './http.ts'
import { keys } from './keys.ts'
import { pkdns } from './pkdns.ts'
import { recovery } from './recovery.ts'
import { session } from './session.ts'
import { sessionStore } from './session-store.ts'
import { storage } from './storage.ts'

/** The 88 official JavaScript tests by file, in the order of spec 06 §8. */
export const ALL: Readonly<Record<string, readonly Case[]>> = {
  auth,
  auth_flow_state: authFlowState,
  capabilities,
  constructor: constructorCases,
  deep_links: deepLinks,
  events,
  http,
  keys,
  pkdns,
  recovery,
  session,
  session_store: sessionStore,
  storage,
}
