import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../../crypto/test/hostile.ts'
import { storagePath } from '../../test/arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { normalizeStoragePath } from './normalize-path.ts'
import { percentDecodePath, percentEncodePath } from './percent.ts'
import { isDirectory, parseStoragePath, scopeCovers, segmentsOf } from './storage-path.ts'
import { parseHostAddressedPath, parseStorageTarget } from './storage-target.ts'

const OWNER = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

test('a canonical path is left as it is', () => {
  fc.assert(
    fc.property(storagePath, (path) => {
      expect(parseStoragePath(path)).toBe(path)
      expect(normalizeStoragePath(path)).toBe(path)
    }),
  )
})

test('what normalises is canonical, or the normaliser refuses it', () => {
  const pieces = fc.constantFrom('/', '//', '.', '..', 'a', 'b ', '\u0000', '\\', 'é', '\u3000', '%2e', '\ud800')
  const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('/')}`)
  fc.assert(
    fc.property(fc.oneof(texts, noise, storagePath.chain(mutatedText)), (text) => {
      survives(ProtocolError, () => parseStoragePath(text))
      survives(ProtocolError, () => {
        const path = normalizeStoragePath(text)
        expect(parseStoragePath(path)).toBe(path)
      })
    }),
  )
})

test('a path survives being a request', () => {
  fc.assert(
    fc.property(storagePath, (path) => {
      const encoded = percentEncodePath(path)
      expect(encoded).toMatch(/^[A-Za-z0-9\-_.~/%]+$/)
      expect(percentDecodePath(encoded)).toBe(path)
      expect(parseHostAddressedPath(encoded)).toBe(path)
      if (path !== '/') expect(parseStorageTarget(`/storage/${OWNER}${encoded}`).path).toBe(path)
    }),
  )
})

test('no request leaves the owner it names', () => {
  const steps = fc.constantFrom('..', '%2e%2e', '%2E.', '.', '%2e', '', 'a', '%2f', '%5c', '\\', '%00', '%zz', 'é', 'ÿ')
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 10 }), (parts) => {
      survives(ProtocolError, () => {
        const target = parseStorageTarget(`/storage/${OWNER}/${parts.join('/')}`)
        expect(target.owner.z32()).toBe(OWNER)
        expect(segmentsOf(target.path)).not.toContain('..')
      })
    }),
  )
})

test('a directory covers what is below it, and nothing else', () => {
  fc.assert(
    fc.property(storagePath, storagePath, (scope, path) => {
      const below = segmentsOf(scope).every((name, i) => segmentsOf(path)[i] === name)
      const isBelow = below && (segmentsOf(path).length > segmentsOf(scope).length || isDirectory(path))
      expect(scopeCovers(scope, path)).toBe(scope === path || (isDirectory(scope) && isBelow))
    }),
  )
})

test.each([
  ['a lone surrogate', '/\ud800', 'path-encoding'],
  ['a no-break space at its end', '/a\u00a0', 'path-trailing-whitespace'],
  ['a next-line character at its end', '/a\u0085', 'path-control-character'],
  ['an empty text', '', 'path-not-absolute'],
])('%s is refused', (_name, text, code) => {
  expect(() => parseStoragePath(text)).toThrow(expect.objectContaining({ code }))
  expect(() => normalizeStoragePath(text)).toThrow(expect.objectContaining({ code }))
})

test('a character beyond one byte is no raw request path', () => {
  expect(() => percentDecodePath('/漢')).toThrow(expect.objectContaining({ code: 'path-encoding' }))
})
