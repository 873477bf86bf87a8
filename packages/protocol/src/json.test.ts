import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../crypto/test/hostile.ts'
import { ProtocolError } from './errors.ts'
import { JsonObject } from './json.ts'

test('members are those of the platform', () => {
  const objects = fc.dictionary(noise, fc.jsonValue())
  fc.assert(
    fc.property(objects, fc.constantFrom(0, 2, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const object = JsonObject.parse(text)
      const parsed: Record<string, unknown> = JSON.parse(text)
      object.requireOnly(...Object.keys(parsed))
      for (const [name, member] of Object.entries(parsed)) {
        expect(object.has(name)).toBe(true)
        expect(object.value(name)).toEqual(member)
      }
    }),
  )
})

test('objects inside are read with the same checks', () => {
  const object = JsonObject.parse('{"a":{"n": 1 },"list":[{"n":2},{"n":[3,{"x":"]}"}]}],"none":[]}')
  expect(object.object('a').integer('n')).toBe(1)
  expect(object.objects('list').map((entry) => entry.value('n'))).toEqual([2, [3, { x: ']}' }]])
  expect(object.objects('none')).toEqual([])
})

test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":{"a":1,"a":2}}', '{"x":[{"a":1,"b":{"c":1,"c":1}}]}'])(
  'a repeated name is refused: %s',
  (text) => {
    expect(() => JsonObject.parse(text)).toThrow('repeated member name')
  },
)

test.each(['', 'null', '[]', '1', '"a"', '{', '{"a"}', '{"a":1,}', "{'a':1}", '{"a":01}', '{}x', '\ufeff{}'])(
  '%j is no JSON object',
  (text) => {
    expect(() => JsonObject.parse(text)).toThrow(ProtocolError)
  },
)

test.each(['1.0', '1e3', '-1', '-0', '"1"', 'true', 'null', '18446744073709551616', '[1]'])(
  '%s is no unsigned integer',
  (text) => {
    expect(() => JsonObject.parse(`{"n":${text}}`).integer('n')).toThrow(ProtocolError)
  },
)

test('integers beyond those that are exact are the largest exact one', () => {
  for (const large of ['9007199254740991', '9223372036854775807', '18446744073709551615']) {
    expect(JsonObject.parse(`{"n":${large}}`).integer('n')).toBe(Number.MAX_SAFE_INTEGER)
  }
})

test('members have their types', () => {
  const object = JsonObject.parse('{"s":"x","n":1,"list":["a"],"mixed":["a",1],"__proto__":{"y":1}}')
  expect(object.strings('list')).toEqual(['a'])
  expect(object.object('__proto__').integer('y')).toBe(1)
  for (const read of [
    () => object.string('n'),
    () => object.strings('mixed'),
    () => object.strings('s'),
    () => object.object('s'),
    () => object.objects('mixed'),
    () => object.objects('s'),
    () => object.string('toString'),
    () => object.requireOnly('s'),
  ]) {
    expect(read).toThrow(ProtocolError)
  }
})

test('hostile text gives an object or a ProtocolError, and errors repeat none of it', () => {
  const valid = fc.constant('{"secret":"s3cr3t","list":[{"a":1,"b":"\\"}"}],"n":12}')
  fc.assert(
    fc.property(fc.oneof(noise, valid.chain(mutatedText)), (text) => {
      survives(ProtocolError, () => {
        const object = JsonObject.parse(text)
        survives(ProtocolError, () => object.objects('list').map((entry) => entry.integer('a')))
      })
      try {
        JsonObject.parse(text)
      } catch (error) {
        expect(String(error)).not.toContain('s3cr3t')
      }
    }),
  )
})

test('what is too long is refused, whatever it is', () => {
  const objectOf = (length: number) => `{"a":"${'x'.repeat(length)}"}`
  expect(JsonObject.parse(objectOf(1_000_000)).string('a')).toHaveLength(1_000_000)
  expect(() => JsonObject.parse(objectOf(10_000_000))).toThrow(ProtocolError)
})

test('deep nesting is read or refused', () => {
  for (const depth of [1000, 100_000]) {
    const text = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    survives(ProtocolError, () => JsonObject.parse(text))
  }
})
