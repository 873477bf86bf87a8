import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated, mutatedText, survives } from '../../../crypto/test/hostile.ts'
import { nestedCapabilities, storagePath } from '../../test/arbitraries.ts'
import { parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { isDirectory, parseStoragePath, scopeCovers } from '../storage/storage-path.ts'
import { ContentKeyBundle } from './bundle.ts'
import { bundleFromPostcard, bundleToPostcard } from './bundle-postcard.ts'
import { deriveBelow, deriveScopeSecret } from './derivation.ts'

const seed = new Uint8Array(32).fill(7)

test('every covering scope yields the same key', () => {
  fc.assert(
    fc.property(nestedCapabilities, storagePath, (capabilities, below) => {
      const bundle = ContentKeyBundle.issue(seed, capabilities)
      const path = parseStoragePath(`/pub/a/b${below}`)
      if (isDirectory(path) || !bundle.scopes.some((scope) => scopeCovers(scope, path))) {
        expect(() => bundle.deriveForPath(path)).toThrow(ProtocolError)
      } else {
        expect(bundle.deriveForPath(path)).toEqual(deriveScopeSecret(seed, path))
      }
    }),
  )
})

test('a directory yields what the root yields', () => {
  fc.assert(
    fc.property(storagePath, storagePath, (directory, below) => {
      if (!isDirectory(directory) || below === '/') return
      const path = parseStoragePath(`${directory}${below.slice(1)}`)
      const derived = deriveBelow(deriveScopeSecret(seed, directory), directory, path)
      expect(derived).toEqual(deriveScopeSecret(seed, path))
    }),
  )
})

test('bundles are read back in both forms', () => {
  fc.assert(
    fc.property(nestedCapabilities, (capabilities) => {
      const bundle = ContentKeyBundle.issue(seed, capabilities)
      for (const copy of [
        ContentKeyBundle.fromJson(bundle.toJsonText()),
        bundleFromPostcard(bundleToPostcard(bundle)),
      ]) {
        expect(copy.toJsonText()).toBe(bundle.toJsonText())
      }
    }),
  )
})

const bundle = ContentKeyBundle.issue(seed, parseCapabilities('/pub/a/:e,/pub/a/b:e,/priv/:rwe'))

test('hostile input gives a bundle or a ProtocolError without secrets', () => {
  const secret = /"secret":"([^"]{20})/.exec(bundle.toJsonText())?.[1] ?? ''
  fc.assert(
    fc.property(mutatedText(bundle.toJsonText()), mutated(bundleToPostcard(bundle)), (json, bytes) => {
      survives(ProtocolError, () => bundleFromPostcard(bytes))
      try {
        ContentKeyBundle.fromJson(json)
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
        expect(inspect(error, { depth: 9 })).not.toContain(secret)
      }
    }),
  )
})

test('a count beyond the end is refused before anything is read', () => {
  const bytes = new Uint8Array([0, 0xff, 0xff, 0xff, 0xff, 0x0f])
  expect(() => bundleFromPostcard(bytes)).toThrow(expect.objectContaining({ code: 'bytes-truncated' }))
})

test('secrets do not show when a bundle is printed, and can be wiped', () => {
  const own = ContentKeyBundle.fromJson(bundle.toJsonText())
  expect(inspect(own, { depth: 9, showHidden: true })).not.toMatch(/secret|Uint8Array/)
  expect(JSON.stringify(own)).toBe('{}')
  const [entry] = own.entries
  own.wipe()
  expect(entry?.secret).toEqual(new Uint8Array(32))
  expect(own.scopes).toEqual([])
  expect(() => own.deriveForPath(parseStoragePath('/pub/a/s/file'))).toThrow(ProtocolError)
  expect(bundle.scopes).not.toEqual([])
})

test('a narrowed bundle yields the keys of its scope and no others', () => {
  const narrowed = bundle.narrowedTo(parseStoragePath('/pub/a/s/'))
  expect(narrowed.scopes).toEqual(['/pub/a/s/'])
  const path = parseStoragePath('/pub/a/s/file')
  expect(narrowed.deriveForPath(path)).toEqual(bundle.deriveForPath(path))
  expect(() => narrowed.deriveForPath(parseStoragePath('/pub/a/file'))).toThrow(ProtocolError)
  expect(() => bundle.narrowedTo(parseStoragePath('/pub/'))).toThrow(ProtocolError)
  narrowed.wipe()
  expect(bundle.deriveForPath(path)).toEqual(deriveScopeSecret(seed, path))
})

test('a key handed out is a copy', () => {
  const path = parseStoragePath('/pub/a/b')
  const own = ContentKeyBundle.issue(seed, parseCapabilities('/pub/a/b:e'))
  own.deriveForPath(path).fill(0)
  expect(own.deriveForPath(path)).toEqual(deriveScopeSecret(seed, path))
})
