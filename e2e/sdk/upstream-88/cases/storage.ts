import { type Address, Keypair, type Pubky, resolvePubky, type Session } from '@pubky/sdk'
import { type Case, type Surroundings, signedUp, sleep } from './case.ts'
import { contains, equal, fails, ok } from './check.ts'

async function rootSession(place: Surroundings, pubky: Pubky = place.pubky()): Promise<Session> {
  return await (await signedUp(place, pubky)).signin('storage.example')
}

function addressOf(session: Session, path: `/pub/${string}`): Address {
  return `pubky${session.info.publicKey.z32()}${path}` as Address
}

const FOLDER_FILES = [
  '/pub/a.wrong/a.txt',
  '/pub/example.com/a.txt',
  '/pub/example.com/b.txt',
  '/pub/example.com/cc-nested/z.txt',
  '/pub/example.wrong/a.txt',
  '/pub/example.com/c.txt',
  '/pub/example.com/d.txt',
  '/pub/z.wrong/a.txt',
] as const

const SHALLOW_FILES = [
  '/pub/a.com/a.txt',
  '/pub/example.com/a.txt',
  '/pub/example.com/b.txt',
  '/pub/example.com/c.txt',
  '/pub/example.com/d.txt',
  '/pub/example.con/d.txt',
  '/pub/example.con-file',
  '/pub/file',
  '/pub/file2',
  '/pub/z.com/a.txt',
] as const

async function writeAll(session: Session, paths: readonly `/pub/${string}`[]): Promise<void> {
  await Promise.all(paths.map((path) => session.storage.putBytes(path, new Uint8Array(0))))
}

/** Listings of a folder, as paths without the user. */
function lister(session: Session, folder: `/pub/${string}`) {
  const user = session.info.publicKey.z32()
  return async (
    cursor: string | null = null,
    reverse = false,
    limit: number | undefined = undefined,
    shallow = false,
  ): Promise<string[]> => {
    const urls = await session.storage.list(folder, cursor, reverse, limit, shallow)
    for (const url of urls) ok(url.startsWith(`pubky://${user}/pub/`), `a pubky:// URL, got ${url}`)
    return urls.map((url) => url.slice(`pubky://${user}`.length))
  }
}

export const storage: readonly Case[] = [
  {
    number: '8.12.1',
    title: 'resolvePubky',
    async run() {
      const key = Keypair.random().publicKey.z32()
      const url = `https://_pubky.${key}/storage/${key}/pub/a/b.txt`
      equal(resolvePubky(`pubky${key}/pub/a/b.txt`), url)
      equal(resolvePubky(`pubky://${key}/pub/a/b.txt`), url)
    },
  },
  {
    number: '8.12.2',
    title: 'putJson',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      const address = addressOf(session, '/pub/app/a.json')
      await session.storage.putJson('/pub/app/a.json', { a: [1, null], b: 'ü' })
      for (const value of [
        await session.storage.getJson('/pub/app/a.json'),
        await pubky.publicStorage.getJson(address),
      ]) {
        equal(value, { a: [1, null], b: 'ü' })
      }
      await session.storage.delete('/pub/app/a.json')
      await fails(() => pubky.publicStorage.getJson(address), { name: 'RequestError', statusCode: 404 })
    },
  },
  {
    number: '8.12.3',
    title: 'putText',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      const address = addressOf(session, '/pub/app/a.txt')
      await session.storage.putText('/pub/app/a.txt', 'grüße')
      for (const text of [
        await session.storage.getText('/pub/app/a.txt'),
        await pubky.publicStorage.getText(address),
      ]) {
        equal(text, 'grüße')
      }
      await session.storage.delete('/pub/app/a.txt')
      await fails(() => pubky.publicStorage.getText(address), { name: 'RequestError', statusCode: 404 })
    },
  },
  {
    number: '8.12.4',
    title: 'putBytes',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      const address = addressOf(session, '/pub/app/a.bin')
      const bytes = Uint8Array.of(0, 255, 1, 254)
      await session.storage.putBytes('/pub/app/a.bin', bytes)
      for (const got of [
        await session.storage.getBytes('/pub/app/a.bin'),
        await pubky.publicStorage.getBytes(address),
      ]) {
        equal(got, bytes)
      }
      await session.storage.delete('/pub/app/a.bin')
      await fails(() => pubky.publicStorage.getBytes(address), { name: 'RequestError', statusCode: 404 })
    },
  },
  {
    number: '8.12.5',
    title: 'outside of the roots',
    async run(place) {
      const session = await rootSession(place)
      // Plain JavaScript may pass what the types refuse.
      const put = () => Reflect.apply(session.storage.putText, session.storage, ['/foo/a.txt', 'x'])
      await fails(put, {
        name: 'RequestError',
        statusCode: 403,
        message: "Writing to directories other than '/pub/' and '/priv/'",
      })
    },
  },
  {
    number: '8.12.6',
    title: '/priv/ with a root session',
    async run(place) {
      const session = await rootSession(place)
      await session.storage.putText('/priv/app/a.txt', 'private')
      equal(await session.storage.getText('/priv/app/a.txt'), 'private')
      await session.storage.delete('/priv/app/a.txt')
      equal(await session.storage.exists('/priv/app/a.txt'), false)
    },
  },
  {
    number: '8.12.7',
    title: 'list',
    async run(place) {
      const session = await rootSession(place)
      const user = session.info.publicKey.z32()
      await writeAll(session, FOLDER_FILES)
      const list = lister(session, '/pub/example.com/')
      const at = (...names: string[]) => names.map((name) => `/pub/example.com/${name}`)
      equal(await list(), at('a.txt', 'b.txt', 'c.txt', 'cc-nested/z.txt', 'd.txt'))
      equal(await list(null, false, 2), at('a.txt', 'b.txt'))
      equal(await list(`${user}/pub/example.com/a.txt`, false, 2), at('b.txt', 'c.txt'))
      equal(await list(`pubky://${user}/pub/example.com/a.txt`, false, 2), at('b.txt', 'c.txt'))
      equal(await list(null, true), at('d.txt', 'cc-nested/z.txt', 'c.txt', 'b.txt', 'a.txt'))
      equal(await list(null, true, 2), at('d.txt', 'cc-nested/z.txt'))
      equal(await list(`${user}/pub/example.com/d.txt`, true, 2), at('cc-nested/z.txt', 'c.txt'))
    },
  },
  {
    number: '8.12.8',
    title: 'shallow list',
    async run(place) {
      const session = await rootSession(place)
      const user = session.info.publicKey.z32()
      await writeAll(session, SHALLOW_FILES)
      const list = lister(session, '/pub/')
      const at = (...names: string[]) => names.map((name) => `/pub/${name}`)
      const all = at('a.com/', 'example.com/', 'example.con-file', 'example.con/', 'file', 'file2', 'z.com/')
      equal(await list(null, false, undefined, true), all)
      equal(await list(null, false, 3, true), all.slice(0, 3))
      equal(await list(`${user}/pub/example.com/a.txt`, false, 2, true), at('example.con-file', 'example.con/'))
      equal(await list(`${user}/pub/file`, false, undefined, true), at('file2', 'z.com/'))
      equal(await list(null, true, undefined, true), [...all].reverse())
      equal(await list(null, true, 2, true), at('z.com/', 'file2'))
      equal(await list(`${user}/pub/file2`, true, 2, true), at('file', 'example.con/'))
    },
  },
  {
    number: '8.12.9',
    title: 'missing',
    async run(place) {
      const session = await rootSession(place)
      equal(await session.storage.exists('/pub/missing.json'), false)
      await fails(() => session.storage.getJson('/pub/missing.json'), { name: 'RequestError', statusCode: 404 })
    },
  },
  {
    number: '8.12.10',
    title: 'after sign-out',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      await session.signout()
      const url = resolvePubky(addressOf(session, '/pub/a.txt'))
      const response = await pubky.client.fetch(url, { method: 'PUT', body: 'x', credentials: 'include' })
      equal(response.status, 401)
    },
  },
  {
    number: '8.12.11',
    title: 'stats and exists',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      const { storage: own } = session
      await own.putJson('/pub/app/a.json', { version: 1 })
      const before = await own.stats('/pub/app/a.json')
      ok(before, 'stats')
      equal(before.contentLength, (await own.getBytes('/pub/app/a.json')).length)
      if (before.contentType !== undefined) contains(before.contentType, 'json')
      ok(Number.isFinite(before.lastModifiedMs), 'a time')
      equal(await own.exists('/pub/app/a.json'), true)
      const seen = await pubky.publicStorage.stats(addressOf(session, '/pub/app/a.json'))
      equal(seen?.contentLength, before.contentLength)
      await sleep(1100)
      await own.putJson('/pub/app/a.json', { version: 2, more: true })
      const after = await own.stats('/pub/app/a.json')
      ok(after!.lastModifiedMs! > before.lastModifiedMs!, 'a later time')
      // Browsers see an ETag only where the server allows it.
      if (before.etag !== undefined) ok(after!.etag !== before.etag, 'another etag')
    },
  },
  {
    number: '8.12.12',
    title: 'stats of what is missing',
    async run(place) {
      const pubky = place.pubky()
      const session = await rootSession(place, pubky)
      const address = addressOf(session, '/pub/missing.txt')
      equal(
        [await session.storage.exists('/pub/missing.txt'), await pubky.publicStorage.exists(address)],
        [false, false],
      )
      equal(
        [await session.storage.stats('/pub/missing.txt'), await pubky.publicStorage.stats(address)],
        [undefined, undefined],
      )
    },
  },
  {
    number: '8.12.13',
    title: 'get is a Response',
    async run(place) {
      const session = await rootSession(place)
      const text = 'streamed '.repeat(10_000)
      await session.storage.putText('/pub/long.txt', text)
      const response = await session.storage.get('/pub/long.txt')
      ok(response instanceof Response, 'a Response')
      equal([response.status, response.bodyUsed], [200, false])
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
      let read = ''
      for (let step = await reader.read(); !step.done; step = await reader.read()) read += step.value
      equal(response.bodyUsed, true)
      ok(read === text, 'the text that was written')
    },
  },
]
