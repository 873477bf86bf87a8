import { expect, test } from 'vitest'
import { loggedTarget } from './answer-log.ts'

test.each([
  ['/pub/a?x=1', '/pub/a?x=1'],
  ['/private/a', '/private/a'],
  ['/priv/', '/priv/[redacted]'],
  ['/priv/hush?x=1', '/priv/[redacted]'],
  ['/%70riv/hush', '/priv/[redacted]'],
  ['/%70%72%69%76%2Fhush', '/priv/[redacted]'],
  ['/pub/..%2fpr%69v/hush', '/pub/..%2fpriv/[redacted]'],
  ['/events-stream?user=u&path=%2Fpriv%2Fhush', '/events-stream?user=u&path=%2Fpriv/[redacted]'],
  ['/events-stream?path=priv/hush', '/events-stream?path=priv/[redacted]'],
  ['/signup?signup_token=hush', '/signup?signup_token=[redacted]'],
])('%s is logged as %s', (target, expected) => {
  expect(loggedTarget(target)).toBe(expected)
})
