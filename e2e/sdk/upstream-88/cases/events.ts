import { type Event, type EventStreamBuilder, Keypair, PubkyError, type Session } from '@pubky/sdk'
import { type Case, type Surroundings, signedUp } from './case.ts'
import { contains, equal, ok } from './check.ts'

async function collect(builder: EventStreamBuilder): Promise<Event[]> {
  const reader = (await builder.subscribe()).getReader()
  const events: Event[] = []
  for (let step = await reader.read(); !step.done; step = await reader.read()) events.push(step.value)
  return events
}

async function writer(place: Surroundings, files: number): Promise<Session> {
  const session = await (await signedUp(place)).signin('events.example')
  for (let i = 0; i < files; i++) await session.storage.putText(`/pub/app/${i}.txt`, String(i))
  return session
}

export const events: readonly Case[] = [
  {
    number: '8.7.1',
    title: 'eventStreamForUser: limit, cursor, path, reverse',
    async run(place) {
      const { publicKey } = (await writer(place, 5)).info
      const stream = (cursor: string | null) => place.pubky().eventStreamForUser(publicKey, cursor)
      const first = await collect(stream(null).limit(3))
      equal(first.length, 3)
      for (const event of first) {
        equal([event.eventType, event.resource.owner.z32()], ['PUT', publicKey.z32()])
        ok(event.contentHash, 'a content hash')
      }
      const rest = await collect(stream(first[2]!.cursor))
      equal(rest.length, 2)
      const cursors = new Set([...first, ...rest].map(({ cursor }) => cursor))
      equal(cursors.size, 5)
      equal((await collect(stream(null).path('/pub/app/'))).length, 5)
      const reversed = (await collect(stream(null).reverse().limit(3))).map(({ cursor }) => Number(cursor))
      equal(
        reversed,
        [...reversed].sort((a, b) => b - a),
      )
      equal(reversed.length, 3)
    },
  },
  {
    number: '8.7.2',
    title: 'eventStreamFor(homeserver).addUsers',
    async run(place) {
      const { publicKey } = (await writer(place, 4)).info
      const stream = place
        .pubky()
        .eventStreamFor(place.homeserver)
        .addUsers([[publicKey.z32(), null]])
      equal((await collect(stream.limit(4))).length, 4)
      const filtered = await collect(stream.path('/pub/app/').limit(4))
      equal(filtered.length, 4)
      for (const { resource } of filtered) ok(resource.path.startsWith('/pub/app/'), 'a path below the filter')
    },
  },
  {
    number: '8.7.3',
    title: 'two users',
    async run(place) {
      const one = (await writer(place, 3)).info.publicKey.z32()
      const two = (await writer(place, 2)).info.publicKey.z32()
      const stream = (cursor: string | null) =>
        place
          .pubky()
          .eventStreamFor(place.homeserver)
          .addUsers([
            [one, cursor],
            [two, null],
          ])
      const all = await collect(stream(null))
      equal(all.length, 5)
      const first = all.find(({ resource }) => resource.owner.z32() === one)
      equal((await collect(stream(first!.cursor))).length, 4)
    },
  },
  {
    number: '8.7.4',
    title: 'getHomeserverOf',
    async run(place) {
      const signer = await signedUp(place)
      equal((await place.pubky().getHomeserverOf(signer.publicKey))?.z32(), place.homeserver.z32())
    },
  },
  {
    number: '8.7.5',
    title: 'unknown user',
    async run(place) {
      try {
        await place.pubky().eventStreamForUser(Keypair.random().publicKey, null).subscribe()
      } catch (error) {
        ok(error instanceof PubkyError, 'a PubkyError')
        contains(error.message, /homeserver|resolve/)
      }
    },
  },
]
