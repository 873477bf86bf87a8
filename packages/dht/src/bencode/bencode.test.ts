import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DhtError } from '../errors.ts'
import { decode, MAX_DEPTH, readDict } from './decode.ts'
import { encode } from './encode.ts'
import { type BencodeValue, type Encodable, Encoded } from './value.ts'

const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const values: fc.Arbitrary<BencodeValue> = fc.letrec<{ value: BencodeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: MAX_DEPTH - 1, depthIdentifier: 'bencode' },
    integers,
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5, depthIdentifier: 'bencode' }),
    fc
      .array(fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 8 }), tie('value')), {
        maxLength: 5,
        depthIdentifier: 'bencode',
      })
      .map((entries) => new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))),
  ),
})).value

describe('decode', () => {
  test.each<[string, BencodeValue]>([
    ['i0e', 0n],
    ['i-1e', -1n],
    ['i9223372036854775807e', 2n ** 63n - 1n],
    ['i-9223372036854775808e', -(2n ** 63n)],
    ['0:', ascii('')],
    ['4:spam', ascii('spam')],
    ['le', []],
    ['li1e1:ae', [1n, ascii('a')]],
    ['de', new Map()],
    ['d1:ai1e2:bbi2ee', new Map([['a', 1n] as const, ['bb', 2n] as const])],
    ['llllllllee'.replace('ee', 'eeeeeeee'), [[[[[[[[]]]]]]]]],
  ])('reads %s', (bencoded, value) => {
    expect(decode(ascii(bencoded))).toEqual(value)
  })

  test.each([
    ['nothing', ''],
    ['an unknown type', 'x'],
    ['a lone end', 'e'],
    ['an integer without digits', 'ie'],
    ['a lone minus', 'i-e'],
    ['a plus', 'i+1e'],
    ['spaces', 'i 1e'],
    ['negative zero', 'i-0e'],
    ['a leading zero', 'i01e'],
    ['a leading zero after minus', 'i-01e'],
    ['an integer without end', 'i1'],
    ['an integer above 64 bits', 'i9223372036854775808e'],
    ['an integer below 64 bits', 'i-9223372036854775809e'],
    ['an integer of 400 digits', `i${'9'.repeat(400)}e`],
    ['a string longer than the rest', '5:abcd'],
    ['a huge string length', '99999999999:'],
    ['a length of 400 digits', `${'9'.repeat(400)}:`],
    ['a negative length', '-1:a'],
    ['a length with a leading zero', '01:a'],
    ['a length without colon', '1a'],
    ['a list without end', 'li1e'],
    ['a dictionary without end', 'd1:ai1e'],
    ['a key without value', 'd1:ae'],
    ['a key that is no string', 'di1ei2ee'],
    ['keys out of order', 'd1:bi1e1:ai2ee'],
    ['a key given twice', 'd1:ai1e1:ai2ee'],
    ['bytes after the value', 'i1ex'],
    ['nine levels', `${'l'.repeat(9)}${'e'.repeat(9)}`],
    ['a thousand levels', `${'l'.repeat(1000)}${'e'.repeat(1000)}`],
    ['a thousand dictionaries', `${'d1:a'.repeat(1000)}`],
  ])('refuses %s', (_, bencoded) => {
    expect(() => decode(ascii(bencoded))).toThrow(DhtError)
  })

  test('reads back what encode wrote', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
    )
  })

  test('writes back what it read, whatever was changed', () => {
    const changes = fc.record({ value: values, at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.nat() })
    fc.assert(
      fc.property(changes, ({ value, at, byte, cut }) => {
        const bytes = encode(value)
        bytes[at % bytes.length] = byte
        for (const mutated of [bytes, bytes.slice(0, cut % bytes.length), new Uint8Array([...bytes, byte])]) {
          try {
            expect(encode(decode(mutated))).toEqual(mutated)
          } catch (error) {
            expect(error).toBeInstanceOf(DhtError)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('readDict', () => {
  test.each([
    ['trailing bytes', 'd1:ai1eexx', 'd1:ai1ee'],
    ['keys out of order', 'd1:bi1e1:ai2ee', 'd1:ai2e1:bi1ee'],
    ['negative zero and leading zeros', 'd1:ai-0e1:bi007ee', 'd1:ai0e1:bi7ee'],
    ['a leading zero in a length', 'd01:a01:xe', 'd1:a1:xe'],
  ])('reads %s as liberally as official nodes', (_, bencoded, canonical) => {
    const dict = readDict(ascii(bencoded))
    expect(dict && text(encode(dict))).toBe(canonical)
  })

  test.each(['', 'le', 'i1e', 'd', 'd1:a', 'd1:ai1e1:ai2ee', 'd1:a99999999999:e', `d1:a${'l'.repeat(1000)}`])(
    'has nothing for %.40s',
    (bencoded) => {
      expect(readDict(ascii(bencoded))).toBeUndefined()
    },
  )

  test('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readDict(new Uint8Array([0x64, ...bytes]))),
    )
  })
})

describe('encode', () => {
  test('sorts keys as bytes, leaves undefined out and passes encoded parts through', () => {
    const dict = new Map<string, Encodable | undefined>([
      ['z', 1],
      ['Z', undefined],
      ['\xff', 'x'],
      ['a', new Encoded(ascii('le'))],
    ])
    expect(text(encode(dict))).toBe('d1:ale1:zi1e1:\xff1:xe')
  })

  test('grows beyond its first buffer', () => {
    const long = new Uint8Array(5000).fill(7)
    expect(decode(encode([long, long]))).toEqual([long, long])
  })
})
