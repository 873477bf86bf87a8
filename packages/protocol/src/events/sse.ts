import { base64Encode } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import type { EventRecord } from './event.ts'

/** One message of a server-sent-events stream. */
export interface SseMessage {
  /** `message` when the stream named none. */
  readonly type: string
  /** Data lines joined by `\n`. */
  readonly data: string
}

/** Reads a byte stream of server-sent events piece by piece. */
export interface SseDecoder {
  /**
   * The messages that a piece completes. What the stream leaves unfinished is discarded with the decoder.
   * @throws ProtocolError `event-too-large`
   */
  push(chunk: Uint8Array): SseMessage[]
}

/** Limit of a decoder that is told none: far above the 1130 bytes that an official event can have. */
export const DEFAULT_MAX_EVENT_BYTES = 65_536

/** Longest known field name with its colon and space, so that a line may hold a full value beside it. */
const FIELD_OVERHEAD = 'event: '.length
const KNOWN_FIELD = /^(?:data|event|id):/
/** Stands for a line that means nothing, of which only the end matters. */
const IGNORED = ':'

/** The SSE text of one event (spec 01 §9). */
export function formatSseEvent({ type, entryKey, cursor, contentHash }: EventRecord): string {
  const hash = type === 'PUT' && contentHash ? `\ndata: content_hash: ${base64Encode(contentHash)}` : ''
  return `event: ${type}\ndata: pubky://${entryKey}\ndata: cursor: ${cursor}${hash}\n\n`
}

/**
 * Starts decoding a stream by the rules of the WHATWG and spec 01 §9: a byte order mark is dropped, invalid UTF-8
 * becomes U+FFFD, lines end with CR, LF or both, comments are free.
 * @param maxEventBytes most UTF-8 bytes of one message's data, id and type, each; other lines may be of any length
 */
export function createSseDecoder(maxEventBytes = DEFAULT_MAX_EVENT_BYTES): SseDecoder {
  const utf8 = new TextDecoder('utf-8')
  const encoder = new TextEncoder()
  let line = ''
  let skipsLineFeed = false
  let type = ''
  let data: string[] = []
  let dataBytes = 0

  function measure(text: string): number {
    const length = encoder.encode(text).length
    if (length > maxEventBytes) throw tooLarge()
    return length
  }

  function endLine(messages: SseMessage[]): void {
    if (line === '') {
      if (data.length > 0) messages.push({ type: type || 'message', data: data.join('\n') })
      type = ''
      data = []
      dataBytes = 0
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') {
      dataBytes += measure(value) + (data.length > 0 ? 1 : 0)
      if (dataBytes > maxEventBytes) throw tooLarge()
      data.push(value)
    } else if (field === 'event') {
      measure(value)
      type = value
    } else if (field === 'id') {
      measure(value)
    }
  }

  function tooLarge(): ProtocolError {
    return new ProtocolError('event-too-large', `SSE event exceeds the configured limit of ${maxEventBytes} bytes`)
  }

  return {
    push(chunk) {
      const messages: SseMessage[] = []
      let rest = utf8.decode(chunk, { stream: true })
      while (rest !== '') {
        if (skipsLineFeed && rest.startsWith('\n')) rest = rest.slice(1)
        skipsLineFeed = false
        const end = rest.search(/[\r\n]/)
        const part = end < 0 ? rest : rest.slice(0, end)
        line = line === IGNORED ? IGNORED : line + part
        if (line.length >= FIELD_OVERHEAD && !KNOWN_FIELD.test(line)) line = IGNORED
        if (line.length > maxEventBytes + FIELD_OVERHEAD) throw tooLarge()
        if (end < 0) break
        skipsLineFeed = rest[end] === '\r'
        endLine(messages)
        line = ''
        rest = rest.slice(end + 1)
      }
      return messages
    },
  }
}
