/** Signatures of markup: recognised by how the text begins. */
import { signature, startingWith } from './matchers.ts'

const HTML_STARTS = [
  '<!DOCTYPE HTML',
  '<HTML',
  '<HEAD',
  '<SCRIPT',
  '<IFRAME',
  '<H1',
  '<DIV',
  '<FONT',
  '<TABLE',
  '<A',
  '<STYLE',
  '<TITLE',
  '<B',
  '<BODY',
  '<BR',
  '<P',
  '<!--',
].map((text) => signature(`'${text}`))
const XML_START = signature("'<?XML")
const WHITESPACE = [0x09, 0x0a, 0x0c, 0x0d, 0x20]
const SPACE = 0x20
const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e

/** An HTML tag of the list, in any case, followed by a space or `>`. */
export const HTML = startingWith([...WHITESPACE, LESS_THAN], (head) => {
  const start = skipWhitespace(head)
  return HTML_STARTS.some((tag) => {
    const after = head[start + tag.length]
    return (after === SPACE || after === GREATER_THAN) && startsIgnoringCase(head, tag, start)
  })
})

/** An XML declaration, after white space and byte-order marks. */
export const XML = startingWith([...WHITESPACE, LESS_THAN, 0xef, 0xfe, 0xff], (head) =>
  startsIgnoringCase(head, XML_START, skipByteOrderMarks(head, skipWhitespace(head))),
)

function skipWhitespace(head: Uint8Array): number {
  let i = 0
  while (i < head.length && WHITESPACE.includes(head[i] ?? 0)) i++
  return i
}

function skipByteOrderMarks(head: Uint8Array, from: number): number {
  let i = from
  while (head.length - i >= 3) {
    const [a, b, c] = [head[i], head[i + 1], head[i + 2]]
    if (a === 0xef && b === 0xbb && c === 0xbf) i += 3
    else if ((a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe)) i += 2
    else break
  }
  return i
}

function startsIgnoringCase(head: Uint8Array, upper: Uint8Array, offset: number): boolean {
  if (head.length < offset + upper.length) return false
  for (let i = 0; i < upper.length; i++) if (upperCase(head[offset + i] ?? 0) !== upper[i]) return false
  return true
}

function upperCase(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte
}
