import { createHash } from 'node:crypto'
import type { Path } from '@synonymdev/pubky'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectStatus, type OfficialNetwork, officialNetwork, patternedBytes } from './official.ts'

let network: OfficialNetwork
let alice: Awaited<ReturnType<OfficialNetwork['signUp']>>
beforeAll(async () => {
  network = await officialNetwork()
  alice = await network.signUp()
})
afterAll(() => network[Symbol.asyncDispose]())

const at = (path: Path) => `pubky${alice.user}${path}` as const

describe('files', () => {
  it('text', async () => {
    await alice.session.storage.putText('/pub/text.txt', 'Grüße, 🌍')
    expect(await alice.session.storage.getText('/pub/text.txt')).toBe('Grüße, 🌍')
    expect(await network.pubky.publicStorage.getText(at('/pub/text.txt'))).toBe('Grüße, 🌍')
  })

  it('JSON', async () => {
    const value = { list: [1, 2.5, false], nested: { text: 'ä' } }
    await alice.session.storage.putJson('/pub/value.json', value)
    expect(await alice.session.storage.getJson('/pub/value.json')).toEqual(value)
    expect(await network.pubky.publicStorage.getJson(at('/pub/value.json'))).toEqual(value)
  })

  it.each([
    ['0 B', 0],
    ['1 KiB', 1 << 10],
    ['70 KiB', 70 << 10],
    ['5 MiB', 5 << 20],
  ])('bytes: %s', async (name, length) => {
    const path: Path = `/pub/bytes/${name.replace(' ', '-')}`
    const bytes = patternedBytes(length)
    await alice.session.storage.putBytes(path, bytes)
    const hash = createHash('sha256').update(bytes).digest('hex')
    for (const read of [
      await alice.session.storage.getBytes(path),
      await network.pubky.publicStorage.getBytes(at(path)),
    ]) {
      expect(read.length).toBe(length)
      expect(createHash('sha256').update(read).digest('hex')).toBe(hash)
    }
    expect((await network.pubky.publicStorage.stats(at(path)))?.contentLength).toBe(length)
  })

  it('a new version replaces the old one', async () => {
    await alice.session.storage.putBytes('/pub/replaced', patternedBytes(100_000))
    await alice.session.storage.putText('/pub/replaced', 'short')
    expect(await alice.session.storage.getText('/pub/replaced')).toBe('short')
  })

  it('get gives a response to read from', async () => {
    await alice.session.storage.putJson('/pub/response.json', { a: 1 })
    const response = await network.pubky.publicStorage.get(at('/pub/response.json'))
    expect([response.status, response.bodyUsed]).toEqual([200, false])
    expect(response.headers.get('content-type')).toContain('json')
    expect(await response.json()).toEqual({ a: 1 })
  })

  it.each(['with space.txt', 'per%cent', 'ünï-ço+dé', 'a&b=c', 'emoji 🌍.md'])('name %s', async (name) => {
    const path: Path = `/pub/names/${name}`
    await alice.session.storage.putText(path, name)
    expect(await alice.session.storage.getText(path)).toBe(name)
    await alice.session.storage.delete(path)
    expect(await alice.session.storage.exists(path)).toBe(false)
  })

  it('20 files at the same time', async () => {
    const paths = Array.from({ length: 20 }, (_, index): Path => `/pub/many/${index}`)
    await Promise.all(paths.map((path) => alice.session.storage.putText(path, path)))
    const texts = await Promise.all(paths.map((path) => alice.session.storage.getText(path)))
    expect(texts).toEqual(paths)
  })

  it('deleting', async () => {
    await alice.session.storage.putText('/pub/gone.txt', 'x')
    await alice.session.storage.delete('/pub/gone.txt')
    await expectStatus(network.pubky.publicStorage.getText(at('/pub/gone.txt')), 404)
    await expectStatus(alice.session.storage.delete('/pub/gone.txt'), 404)
  })

  it('outside of /pub/ nothing can be written', async () => {
    const path = '/other/file' as unknown as Path
    await expect(alice.session.storage.putText(path, 'x')).rejects.toThrow()
  })
})

describe('exists and stats', () => {
  it('of a file', async () => {
    const { storage } = alice.session
    await storage.putJson('/pub/stats.json', { version: 1 })
    expect(await storage.exists('/pub/stats.json')).toBe(true)
    const first = await storage.stats('/pub/stats.json')
    expect(first?.contentLength).toBe((await storage.getBytes('/pub/stats.json')).length)
    expect(first?.contentType).toContain('json')
    expect(first?.lastModifiedMs).toBeGreaterThan(Date.now() - 60_000)
    await storage.putJson('/pub/stats.json', { version: 2 })
    const second = await network.pubky.publicStorage.stats(at('/pub/stats.json'))
    expect(second?.etag).not.toBe(first?.etag)
  })

  it('of nothing', async () => {
    expect(await alice.session.storage.exists('/pub/nothing')).toBe(false)
    expect(await alice.session.storage.stats('/pub/nothing')).toBeUndefined()
    expect(await network.pubky.publicStorage.exists(at('/pub/nothing'))).toBe(false)
    expect(await network.pubky.publicStorage.stats(at('/pub/nothing'))).toBeUndefined()
    await expectStatus(network.pubky.publicStorage.getJson(at('/pub/nothing')), 404)
  })
})

describe('lists', () => {
  const files = ['a.txt', 'b.txt', 'cc-nested/z.txt', 'cc.txt', 'd/a.txt', 'd/b/c.txt', 'e.txt']
  beforeAll(async () => {
    await Promise.all(files.map((file) => alice.session.storage.putBytes(`/pub/list/${file}`, new Uint8Array())))
  })
  const list = async (...options: [string?, boolean?, number?, boolean?]) => {
    const urls = await network.pubky.publicStorage.list(at('/pub/list/'), ...options)
    const prefix = `pubky://${alice.user}/pub/list/`
    expect(urls.every((url) => url.startsWith(prefix))).toBe(true)
    return urls.map((url) => url.slice(prefix.length))
  }

  it('everything, in byte order', async () => {
    expect(await list()).toEqual(files)
    const own = await alice.session.storage.list('/pub/list/')
    expect(own).toEqual(await network.pubky.publicStorage.list(at('/pub/list/')))
  })

  it('limit and cursor, as path and as URL', async () => {
    expect(await list(undefined, undefined, 2)).toEqual(['a.txt', 'b.txt'])
    expect(await list(`${alice.user}/pub/list/b.txt`, undefined, 2)).toEqual(['cc-nested/z.txt', 'cc.txt'])
    expect(await list(`pubky://${alice.user}/pub/list/cc.txt`)).toEqual(['d/a.txt', 'd/b/c.txt', 'e.txt'])
  })

  it('page by page', async () => {
    const seen: string[] = []
    for (;;) {
      const last = seen.at(-1)
      const page = await list(last === undefined ? undefined : `${alice.user}/pub/list/${last}`, false, 3)
      if (page.length === 0) break
      seen.push(...page)
    }
    expect(seen).toEqual(files)
  })

  it('reverse, with limit and cursor', async () => {
    expect(await list(undefined, true)).toEqual(files.toReversed())
    expect(await list(undefined, true, 2)).toEqual(['e.txt', 'd/b/c.txt'])
    expect(await list(`${alice.user}/pub/list/d/a.txt`, true, 2)).toEqual(['cc.txt', 'cc-nested/z.txt'])
  })

  it('shallow, with limit, cursor and reverse', async () => {
    const shallow = ['a.txt', 'b.txt', 'cc-nested/', 'cc.txt', 'd/', 'e.txt']
    expect(await list(undefined, false, undefined, true)).toEqual(shallow)
    expect(await list(undefined, false, 3, true)).toEqual(shallow.slice(0, 3))
    expect(await list(`${alice.user}/pub/list/cc.txt`, false, undefined, true)).toEqual(['d/', 'e.txt'])
    expect(await list(undefined, true, undefined, true)).toEqual(shallow.toReversed())
    expect(await list(`${alice.user}/pub/list/d/`, true, 2, true)).toEqual(['cc.txt', 'cc-nested/'])
  })

  it('a directory that is not there', async () => {
    await expectStatus(network.pubky.publicStorage.list(at('/pub/nowhere/')), 404)
  })
})
