import { hexEncode, Keypair } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import { createSseDecoder, decodeEvent, formatFeed, formatSseEvent, parseCursor, parseFeed } from '../src/index.ts'
import vectors from '../vectors/events.json' with { type: 'json' }

/** The group of spec 01 §9. */
export function eventVectorGroups(): readonly VectorGroup[] {
  return [{ name: 'events', cases: [...eventCases()] }]
}

function* eventCases(): Generator<VectorCase> {
  const owner = Keypair.fromSecret(new Uint8Array(32)).publicKey.z32()
  const entryKey = `${owner}/pub/example.txt`
  const contentHash = new Uint8Array(32).fill(1)
  yield {
    name: 'feed',
    run: () => {
      const body = formatFeed([
        { type: 'PUT', entryKey, cursor: 12344n },
        { type: 'DEL', entryKey: `${owner}/pub/old file.txt`, cursor: 12345n },
      ])
      expectEqual(body, vectors.feed_body)
      const feed = parseFeed(body)
      expectEqual(
        feed.entries.map(({ type, resource }) => `${type} pubky://${resource.entryKey()}`).join('\n'),
        vectors.feed_body.split('\n').slice(0, 2).join('\n'),
      )
      expectEqual(feed.cursor, 12345n)
    },
  }
  yield {
    name: 'empty feed',
    run: () => {
      expectEqual(formatFeed([]), vectors.feed_body_empty)
      expectEqual(parseFeed(vectors.feed_body_empty), { entries: [] })
    },
  }
  yield {
    name: 'SSE PUT',
    run: () => {
      expectEqual(formatSseEvent({ type: 'PUT', entryKey, cursor: 42n, contentHash }), vectors.sse_put)
      expectEqual(decodeAll(vectors.sse_put), [`PUT ${entryKey} 42 ${hexEncode(contentHash)}`])
    },
  }
  yield {
    name: 'SSE DEL',
    run: () => {
      expectEqual(formatSseEvent({ type: 'DEL', entryKey, cursor: 43n }), vectors.sse_del)
      expectEqual(decodeAll(vectors.sse_del), [`DEL ${entryKey} 43`])
    },
  }
  for (const text of vectors.cursor.ok) {
    yield { name: `cursor ${text}`, run: () => expectEqual(parseCursor(text), BigInt(text.replace('+', ''))) }
  }
  for (const text of vectors.cursor.reject_as_integer) {
    yield { name: `no cursor ${text}`, run: () => expectFailure(() => parseCursor(text), 'Invalid cursor') }
  }
}

function decodeAll(body: string): string[] {
  const messages = createSseDecoder().push(new TextEncoder().encode(body))
  return messages.map(({ type, data }) => {
    const event = decodeEvent(type, data)
    if (!event) return 'skipped'
    const hash = event.type === 'PUT' ? ` ${hexEncode(event.contentHash)}` : ''
    return `${event.type} ${event.resource.entryKey()} ${event.cursor}${hash}`
  })
}
