import { beforeEach, expect, test } from 'vitest'
import type { Store, StoreNotice } from '../store/store.ts'
import { type Credential, Revocations } from './revocations.ts'

let tell: (notice: StoreNotice) => void
let revocations: Revocations
let told: string[]

beforeEach(() => {
  const watch = (listener: (notice: StoreNotice) => void) => {
    tell = listener
    return () => undefined
  }
  // Revocations ask their store for nothing else.
  revocations = new Revocations({ watch } as Store)
  told = []
})

const follow = (name: string, credential: Credential) => revocations.watch(credential, () => told.push(name))

test('each listener hears of its own credential, once', () => {
  follow('cookie 1', { kind: 'cookie', sessionId: 1 })
  follow('cookie 2', { kind: 'cookie', sessionId: 2 })
  follow('grant', { kind: 'grant', grantId: 'g' })
  const stop = follow('stopped', { kind: 'user', userId: 7 })
  follow('user', { kind: 'user', userId: 7 })
  stop()
  tell({ kind: 'cookie-session-revoked', sessionId: 1 })
  tell({ kind: 'cookie-session-revoked', sessionId: 1 })
  tell({ kind: 'bearer-replaced', grantId: 'g' })
  expect(told).toEqual(['cookie 1'])
  tell({ kind: 'user-deleted', userId: 7 })
  tell({ kind: 'grant-revoked', grantId: 'g' })
  expect(told).toEqual(['cookie 1', 'user', 'grant'])
})

test('when revocations elsewhere go unheard, everybody is told, and again those who came later', () => {
  follow('cookie', { kind: 'cookie', sessionId: 1 })
  follow('grant', { kind: 'grant', grantId: 'g' })
  follow('user', { kind: 'user', userId: 7 })
  tell({ kind: 'notices-lost' })
  expect(told).toEqual(['cookie', 'grant', 'user'])
  follow('later', { kind: 'grant', grantId: 'h' })
  tell({ kind: 'notices-lost' })
  expect(told).toEqual(['cookie', 'grant', 'user', 'later'])
})
