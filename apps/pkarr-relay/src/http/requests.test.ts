import { Keypair } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeySegments } from './key-segment.ts'
import { DEFAULT_LIMITS, Limits } from './limits.ts'
import { policyOf } from './policy.ts'
import { readBody } from './read-body.ts'
import { Refusal } from './refusal.ts'

const refusal = async (action: () => unknown): Promise<string> => {
  try {
    await action()
  } catch (error) {
    if (error instanceof Refusal) return `${error.status} ${error.message}`
    throw error
  }
  return 'no refusal'
}

describe('clients', () => {
  it('are known in no time whatever their headers say', () => {
    const limits = new Limits(DEFAULT_LIMITS)
    const headers = { forwarded: ' for=['.repeat(100_000) }
    expect(limits.clientOf({ socket: { remoteAddress: '198.51.100.1' }, headers })).toBe('198.51.100.1')
  })
})

describe('key segments', () => {
  const keys = new KeySegments()
  const z32 = Keypair.fromSecret(new Uint8Array(32)).publicKey.z32()

  it.each([z32, `foo.${z32}`, `pk:${z32}`, `https%3A%2F%2F${z32}%2Fx`, `%38${z32.slice(1)}`, `${z32.slice(0, -1)}t`])(
    '%s names a key',
    (segment) => {
      expect(keys.parse(segment).z32()).toBe(z32)
      expect(keys.parse(segment)).toBe(keys.parse(segment))
    },
  )

  it('are refused with the official texts, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webPath({ size: '+1' }), async (path) => {
        expect(await refusal(() => keys.parse(path.slice(1)))).toMatch(/^400 Invalid URL: Invalid /)
      }),
    )
    expect(await refusal(() => keys.parse('%ff'))).toBe('400 Invalid URL: Invalid UTF-8 in `key`')
    expect(await refusal(() => keys.parse('%zz'))).toBe('400 Invalid URL: Invalid PublicKey encoding')
  })
})

describe('policies', () => {
  it.each([
    ['', undefined, 'CacheFirst'],
    ['', 'max-age=0', 'CacheFirst'],
    ['', 'no-cache', 'NetworkOnly'],
    ['', 'No-Cache, no-store', 'NetworkOnly'],
    ['x=1', 'no-cache', 'NetworkOnly'],
    ['policy=CacheFirst', 'no-cache', 'CacheFirst'],
    ['policy=CacheOnly&x', undefined, 'CacheOnly'],
    ['policy=%4EetworkOnly', undefined, 'NetworkOnly'],
  ])('?%s with %s is %s', (query, header, policy) => {
    expect(policyOf(query, header)).toBe(policy)
  })
})

describe('bodies', () => {
  const request = (body: ReadableStream | Uint8Array<ArrayBuffer>, headers = {}) =>
    new Request('http://x/', { method: 'PUT', body, headers, duplex: 'half' } as RequestInit)
  const stream = (...sizes: readonly number[]) =>
    new ReadableStream({
      start(controller) {
        for (const size of sizes) controller.enqueue(new Uint8Array(size))
      },
    })

  it('are read up to 1104 bytes', async () => {
    expect(await readBody(request(new Uint8Array(1104)))).toHaveLength(1104)
    const tooLong = '413 Failed to buffer the request body: length limit exceeded'
    expect(await refusal(() => readBody(request(new Uint8Array(1105))))).toBe(tooLong)
    expect(await refusal(() => readBody(request(stream(1000, 105))))).toBe(tooLong)
    expect(await refusal(() => readBody(request(stream(1), { 'content-length': '1105' })))).toBe(tooLong)
    expect(await readBody(new Request('http://x/', { method: 'PUT' }))).toHaveLength(0)
  })

  it('that do not end in time are refused', async () => {
    expect(await refusal(() => readBody(request(stream(10)), 20))).toBe(
      '400 Failed to buffer the request body: data was not received within the designated timeout',
    )
  })
})
