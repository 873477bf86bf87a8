import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../../crypto/test/hostile.ts'
import { capability, nestedCapabilities } from '../../test/arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { parseStoragePath } from '../storage/storage-path.ts'
import {
  allows,
  formatCapabilities,
  normalizeCapabilities,
  parseCapabilities,
  parseCapabilityEntries,
} from './capabilities.ts'
import { capabilityCovers, formatCapability, parseCapability } from './capability.ts'
import { isWithin } from './is-within.ts'

const PATHS = ['/', '/pub/', '/pub/a', '/pub/a/', '/pub/a/b', '/pub/a/b/c', '/pub/ab', '/priv/x'].map(parseStoragePath)
const ACTIONS = ['r', 'w', 'e'] as const

test('lists are read back, in order', () => {
  fc.assert(
    fc.property(fc.array(capability), (list) => {
      const clean = list.filter(({ scope }) => !/[:,]/.test(scope))
      expect(parseCapabilities(formatCapabilities(clean))).toEqual(clean)
      expect(parseCapabilityEntries(clean.map(formatCapability))).toEqual(clean)
    }),
  )
})

test('a normalised list allows the same and no entry covers another', () => {
  fc.assert(
    fc.property(nestedCapabilities, (list) => {
      const normalized = normalizeCapabilities(list)
      for (const path of PATHS) {
        for (const action of ACTIONS) expect(allows(normalized, action, path)).toBe(allows(list, action, path))
      }
      for (const a of normalized) {
        for (const b of normalized) expect(a === b || !capabilityCovers(a, b)).toBe(true)
      }
      expect(normalizeCapabilities(normalized)).toEqual(normalized)
    }),
  )
})

test('what is within a request allows nothing beyond it', () => {
  fc.assert(
    fc.property(nestedCapabilities, nestedCapabilities, (approved, requested) => {
      expect(isWithin(requested, requested)).toBe(true)
      if (!isWithin(approved, requested)) return
      for (const path of PATHS) {
        for (const action of ACTIONS) {
          if (allows(approved, action, path)) expect(allows(requested, action, path)).toBe(true)
        }
      }
    }),
  )
})

test('hostile text gives capabilities or a ProtocolError', () => {
  fc.assert(
    fc.property(fc.oneof(noise, fc.constant('/pub/a/:rw,/priv/b:r').chain(mutatedText)), (text) => {
      survives(ProtocolError, () => parseCapability(text))
      survives(ProtocolError, () => parseCapabilities(text))
    }),
  )
})
