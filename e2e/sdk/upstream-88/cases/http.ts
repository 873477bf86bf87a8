import { Client, Keypair } from '@pubky/sdk'
import { type Case, type Surroundings, signedUp } from './case.ts'
import { equal, fails, ok } from './check.ts'

interface SeenFetch {
  readonly url: string
  readonly headers: Headers
  readonly credentials: string
}

/** Replaces `globalThis.fetch` while `work` runs; requests that `answer` leaves alone go through. */
async function withFetch(
  answer: (seen: SeenFetch) => Response | undefined,
  work: () => Promise<void>,
): Promise<SeenFetch[]> {
  const original = globalThis.fetch
  const seen: SeenFetch[] = []
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const answered = answer({ url: request.url, headers: request.headers, credentials: request.credentials })
    if (answered === undefined) return await original(input, init)
    seen.push({ url: request.url, headers: request.headers, credentials: request.credentials })
    return answered
  }
  try {
    await work()
  } finally {
    globalThis.fetch = original
  }
  return seen
}

function response(status: number, body: string, url: string): Response {
  const answer = new Response(body, { status })
  Object.defineProperty(answer, 'url', { value: url })
  return answer
}

const PATH_ADDRESSED = JSON.stringify({ features: ['path-addressed-storage'] })

/** Everything but the look-ups in the Pkarr relay. */
function isStorage(place: Surroundings, url: string): boolean {
  return !url.startsWith(place.pkarrRelay)
}

export const http: readonly Case[] = [
  {
    number: '8.8.1',
    title: 'basic fetch',
    async run(place) {
      equal((await place.pubky().client.fetch(`https://${place.homeserver.z32()}/`)).status, 200)
    },
  },
  {
    number: '8.8.2',
    title: 'plain object headers',
    async run(place) {
      const { client } = place.pubky()
      const key = place.homeserver.z32()
      const seen = await withFetch(
        ({ url }) => (isStorage(place, url) ? response(200, 'Pubky Homeserver', url) : undefined),
        async () => {
          const answer = await client.fetch(`https://${key}/`, { headers: { 'Content-Type': 'application/json' } })
          equal(answer.status, 200)
        },
      )
      equal(seen.length, 1)
      equal([seen[0]!.headers.get('content-type'), seen[0]!.headers.get('pubky-host')], ['application/json', key])
      const real = await client.fetch(`https://${key}/`, { headers: { 'Content-Type': 'application/json' } })
      equal(real.status, 200)
    },
  },
  {
    number: '8.8.3',
    title: 'ordinary storage paths untouched',
    async run(place) {
      const { client } = place.pubky()
      const owner = Keypair.random().publicKey.z32()
      const urls = [`https://example.com/storage/${owner}/pub/a.txt`, 'https://example.com/storage/x?y=1']
      const seen = await withFetch(
        ({ url }) => response(200, 'ok', url),
        async () => {
          for (const url of urls) equal((await client.fetch(url)).status, 200)
        },
      )
      equal(
        seen.map(({ url }) => url),
        urls,
      )
      for (const { headers } of seen) equal(headers.get('pubky-host'), null)
    },
  },
  {
    number: '8.8.4',
    title: 'path-addressed storage',
    async run(place) {
      const pubky = place.pubky()
      const owner = (await signedUp(place)).publicKey.z32()
      const path = `/storage/${owner}/pub/a%20b.txt?x=%2F`
      const seen = await withFetch(
        ({ url }) => {
          if (!isStorage(place, url)) return undefined
          return url.endsWith('/info') ? response(200, PATH_ADDRESSED, url) : response(404, 'Not Found', url)
        },
        async () => {
          equal((await pubky.client.fetch(`https://_pubky.${owner}${path}`)).status, 404)
        },
      )
      equal(seen.length, 2)
      const [info, storage] = seen
      equal([info!.credentials, info!.headers.get('pubky-host')], ['omit', null])
      ok(storage!.url.endsWith(path), 'path and query unchanged')
      equal([storage!.credentials, storage!.headers.get('pubky-host')], ['include', null])
    },
  },
  {
    number: '8.8.5',
    title: 'fallback',
    async run(place) {
      const pubky = place.pubky()
      const owner = (await signedUp(place)).publicKey.z32()
      const seen = await withFetch(
        ({ url }) => {
          if (!isStorage(place, url)) return undefined
          return url.endsWith('/info') ? response(404, 'Not Found', url) : response(200, 'ok', url)
        },
        async () => {
          await pubky.client.fetch(`https://_pubky.${owner}/storage/${owner}/pub/a.txt?x=1`)
        },
      )
      const storage = seen.at(-1)!
      ok(storage.url.endsWith('/pub/a.txt?x=1') && !storage.url.includes('/storage/'), 'the old form of the URL')
      equal([storage.credentials, storage.headers.get('pubky-host')], ['include', owner])
    },
  },
  {
    number: '8.8.6',
    title: 'fetch failed',
    async run(place) {
      const { client } = place.pubky()
      await fails(() => client.fetch('https://nonexistent.domain/'), { name: 'RequestError' })
      // Upstream's key: its last character has padding bits set.
      const unknown = '1pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ew1'
      for (const key of [unknown, Keypair.random().publicKey.z32()]) {
        await fails(() => client.fetch(`https://${key}/`), { name: 'PkarrError' })
        await fails(() => client.fetch(`https://_pubky.${key}/`), { name: 'PkarrError' })
      }
    },
  },
  {
    number: '8.8.7',
    title: 'credential overrides',
    async run(place) {
      const client = new Client({ pkarr: { relays: [place.pkarrRelay] } })
      const seen = await withFetch(
        ({ url }) => (isStorage(place, url) ? new Response('ok') : undefined),
        async () => {
          await client.fetch('https://example.com/', { credentials: 'omit' })
          await client.fetch(`https://${place.homeserver.z32()}/`)
          await client.fetch(`https://${place.homeserver.z32()}/`, { credentials: 'omit' })
        },
      )
      equal(
        seen.map(({ credentials }) => credentials),
        ['omit', 'include', 'omit'],
      )
    },
  },
]
