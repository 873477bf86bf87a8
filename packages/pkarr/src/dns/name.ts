/**
 * Domain names in two forms. *Wire*: labels with length bytes and a final zero byte, never compressed.
 * *Text*: labels joined by dots, the root as `.`; a byte that a name may not show in the clear is `\DDD`
 * (decimal), so every name of a received packet has a text that gives the same bytes back.
 */
import { PkarrError } from '../error.ts'
import { type DnsReader, malformed } from './reader.ts'

const MAX_LABEL_LENGTH = 63
/** Labels, length bytes and the final zero byte. */
const MAX_NAME_LENGTH = 255
const MAX_POINTER_HOPS = 128
const POINTER_BITS = 0xc0
const ROOT = new Uint8Array(1)
/** What nearly all labels are: nothing in them needs an escape. */
const HOST_LABEL = /^(?:[A-Za-z0-9]|[A-Za-z0-9_][A-Za-z0-9_-]*[A-Za-z0-9])$/

/**
 * Text to wire. Plain characters must form host labels: letters, digits, `-` and `_`, starting with a letter, digit
 * or `_` and ending with a letter or digit; `*` may stand as a whole label. Spec 04 §1.5.
 * @throws {PkarrError} `invalid-name`
 */
export function nameToWire(text: string): Uint8Array {
  if (text === '' || text === '.') return ROOT
  const wire: number[] = []
  for (const label of (text.endsWith('.') ? text.slice(0, -1) : text).split('.')) {
    const bytes = labelBytes(label, text)
    wire.push(bytes.length, ...bytes)
    if (wire.length >= MAX_NAME_LENGTH) throw invalidName(text, `is longer than ${MAX_NAME_LENGTH} bytes`)
  }
  wire.push(0)
  return Uint8Array.from(wire)
}

/** Wire to text. */
export function nameToText(wire: Uint8Array): string {
  const labels: string[] = []
  for (let at = 0; wire[at] !== 0; at += 1 + wire[at]!)
    labels.push(labelText(wire.subarray(at + 1, at + 1 + wire[at]!)))
  return labels.length === 0 ? '.' : labels.join('.')
}

/**
 * Reads a name and follows its pointers; each must point to an earlier place, so there are no loops.
 * @throws {PkarrError} `invalid-dns`
 */
export function readName(reader: DnsReader): Uint8Array {
  const wire: number[] = []
  let hops = 0
  for (let from = reader; ; ) {
    const length = from.u8()
    if (length === 0) break
    if ((length & POINTER_BITS) === POINTER_BITS) {
      const pointerAt = from.position - 1
      const target = ((length & ~POINTER_BITS) << 8) | from.u8()
      if (target >= pointerAt || ++hops > MAX_POINTER_HOPS) throw malformed()
      from = from.at(target)
      continue
    }
    if (wire.length + 1 + length >= MAX_NAME_LENGTH) throw malformed()
    // With the official typing error: a relay passes this text on.
    if (length > MAX_LABEL_LENGTH) throw malformed('Provied service name contains invalid label')
    wire.push(length, ...from.bytes(length))
  }
  wire.push(0)
  return Uint8Array.from(wire)
}

function labelBytes(label: string, name: string): readonly number[] {
  if (label === '*' || (label.length <= MAX_LABEL_LENGTH && HOST_LABEL.test(label))) {
    return Array.from(label, (character) => character.charCodeAt(0))
  }
  const bytes: number[] = []
  let plainEdges = true
  for (let at = 0; at < label.length; ) {
    const escaped = /^\\(\d{3})/.exec(label.slice(at, at + 4))
    if (escaped !== null) {
      const byte = Number(escaped[1])
      if (byte > 255) throw invalidName(name, `has the impossible byte ${escaped[0]}`)
      bytes.push(byte)
      at += 4
      continue
    }
    const character = label[at]!
    const edge = at === 0 || at === label.length - 1
    if (!isPlain(character)) throw invalidName(name, `has the character ${JSON.stringify(character)}`)
    if (edge && !isAlphanumeric(character) && !(at === 0 && character === '_' && label.length > 1)) plainEdges = false
    bytes.push(character.charCodeAt(0))
    at += 1
  }
  if (bytes.length === 0) throw invalidName(name, 'has an empty label')
  if (bytes.length > MAX_LABEL_LENGTH) throw invalidName(name, `has a label longer than ${MAX_LABEL_LENGTH} bytes`)
  if (!plainEdges) throw invalidName(name, `has the label "${label}", which must start and end with a letter or digit`)
  return bytes
}

function labelText(label: Uint8Array): string {
  const raw = String.fromCharCode(...label)
  if (raw === '*' || HOST_LABEL.test(raw)) return raw
  let text = ''
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw[at]!
    const edge = at === 0 || at === raw.length - 1
    const clear = edge
      ? isAlphanumeric(character) || (at === 0 && character === '_' && raw.length > 1)
      : isPlain(character)
    text += clear ? character : `\\${String(label[at]).padStart(3, '0')}`
  }
  return text
}

function isAlphanumeric(character: string): boolean {
  return /[A-Za-z0-9]/.test(character)
}

function isPlain(character: string): boolean {
  return /[A-Za-z0-9_-]/.test(character)
}

function invalidName(name: string, why: string): PkarrError {
  return new PkarrError('invalid-name', `"${name}" is not a domain name: it ${why}`)
}
