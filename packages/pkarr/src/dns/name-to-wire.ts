import { PkarrError } from '../error.ts'
import { MAX_LABEL_LENGTH, MAX_NAME_LENGTH } from './name.ts'

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

function invalidName(name: string, why: string): PkarrError {
  return new PkarrError('invalid-name', `"${name}" is not a domain name: it ${why}`)
}

/** Whether a label may start and end with it. */
function isAlphanumeric(character: string): boolean {
  return /[A-Za-z0-9]/.test(character)
}

/** Whether a label may have it in the clear. */
function isPlain(character: string): boolean {
  return /[A-Za-z0-9_-]/.test(character)
}
