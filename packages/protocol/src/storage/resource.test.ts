import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../../crypto/test/hostile.ts'
import { entryPath } from '../../test/arbitraries.ts'
import { ProtocolError } from '../errors.ts'
import { hostAddressedUrl, parseResourcePath, Resource, userOfHost } from './resource.ts'

const owner = Keypair.fromSecret(new Uint8Array(32)).publicKey
const other = Keypair.fromSecret(new Uint8Array(32).fill(1)).publicKey

test('a resource is read back from its entry key and from both of its URLs', () => {
  fc.assert(
    fc.property(entryPath, (path) => {
      const resource = new Resource(owner, path)
      for (const text of [`pubky://${resource.entryKey()}`, `pubky${resource.entryKey()}`]) {
        expect(Resource.parse(text)).toEqual(resource)
      }
      for (const url of [resource.toTransportUrl(), hostAddressedUrl(resource)]) {
        expect(Resource.fromTransportUrl(url)).toEqual(resource)
        expect(Resource.fromTransportUrl(`${url}?limit=1#top`)).toEqual(resource)
        expect(Resource.fromTransportUrl(new URL(url).href)).toEqual(resource)
      }
    }),
  )
})

test('any authority may serve a path-addressed URL', () => {
  const path = `/storage/${owner.z32()}/pub/a.txt`
  for (const authority of ['127.0.0.1:6286', 'example.com', `_pubky.${owner.z32()}:6287`, 'user:pw@example.com']) {
    expect(Resource.fromTransportUrl(`http://${authority}${path}`).entryKey()).toBe(`${owner.z32()}/pub/a.txt`)
  }
  expect(() => Resource.fromTransportUrl(`https://_pubky.${other.z32()}${path}`)).toThrow(
    'storage transport URL owner does not match its `_pubky` host',
  )
})

test.each([
  ['another scheme', `ftp://_pubky.${owner.z32()}/pub/a`],
  ['a host without a user', `https://${owner.z32()}/pub/a`],
  ['a display key', `https://_pubky.pubky${owner.z32()}/pub/a`],
  ['an owner that is no key', 'https://example.com/storage/abc/pub/a'],
  ['a step up', `https://_pubky.${owner.z32()}/pub/%2e%2e/a`],
  ['an encoded control character', `https://_pubky.${owner.z32()}/pub/%0a`],
  ['bytes that are no UTF-8', `https://_pubky.${owner.z32()}/pub/%ff`],
])('a transport URL with %s is refused', (_name, url) => {
  expect(() => Resource.fromTransportUrl(url)).toThrow(ProtocolError)
})

test('hostile text gives a resource or a ProtocolError', () => {
  const valid = fc.constantFrom(
    `pubky://${owner.z32()}/pub/My File.txt`,
    `https://_pubky.${owner.z32()}/storage/${owner.z32()}/pub/a%20b`,
  )
  fc.assert(
    fc.property(fc.oneof(noise, valid.chain(mutatedText)), (text) => {
      for (const parse of [Resource.parse, Resource.fromTransportUrl, parseResourcePath, userOfHost]) {
        survives(ProtocolError, () => parse(text))
      }
    }),
  )
})

test('a path may lack its first slash', () => {
  expect(parseResourcePath('pub/a')).toBe('/pub/a')
  expect(parseResourcePath('///pub/a/')).toBe('/pub/a/')
  expect(parseResourcePath('/')).toBe('/')
})
