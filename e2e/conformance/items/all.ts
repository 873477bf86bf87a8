import type { Item } from '../harness/item.ts'
import { authorization } from './authorization.ts'
import { collisions } from './collisions.ts'
import { feed } from './feed.ts'
import { general } from './general.ts'
import { grantLogout } from './grant-logout.ts'
import { grants } from './grants.ts'
import { identity } from './identity.ts'
import { integrity } from './integrity.ts'
import { rateLimits } from './limits.ts'
import { listings } from './listings.ts'
import { locks } from './locks.ts'
import { methods } from './methods.ts'
import { paths } from './paths.ts'
import { privateData } from './private-data.ts'
import { signup } from './signup.ts'
import { storage } from './storage.ts'
import { stream } from './stream.ts'
import { validators } from './validators.ts'
import { websites } from './websites.ts'

/** The whole acceptance list of spec 02 §18, in its order. */
export const ALL_ITEMS: readonly Item[] = [
  ...general,
  ...storage,
  ...paths,
  ...validators,
  ...authorization,
  ...privateData,
  ...listings,
  ...collisions,
  ...signup,
  ...grants,
  ...feed,
  ...stream,
  ...rateLimits,
  ...methods,
  ...locks,
  ...websites,
  ...identity,
  ...grantLogout,
  ...integrity,
]
