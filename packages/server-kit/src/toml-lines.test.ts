import { expect, it } from 'vitest'
import { indexTomlLines } from './toml-lines.ts'

const text = `# comment with a = "b"
top = 1 # trailing [not a table]
"quoted key" = 'x # no comment'
long = """
fake = 1
[fake]
quote: \\""" still inside
""""
literal = '''
fake2 = 2'''
array = [
  1, # one ]
  "]", { a = 2 },
]
[table]
a.b.c = 1
a.b.d = 2
[table.inner] # comment
'literal.key' = 1
[[list]]
x = 1
[[list.sub]]
y = 1
[[list.sub]]
y = 2
[[list]]
x = 2
[list.table]
z = 3
`

it.each([
  [['top'], 2],
  [['quoted key'], 3],
  [['long'], 4],
  [['literal'], 9],
  [['array'], 11],
  [['array', 2, 'a'], 11],
  [['table'], 15],
  [['table', 'a', 'b', 'c'], 16],
  [['table', 'a', 'b', 'd'], 17],
  [['table', 'inner', 'literal.key'], 19],
  [['list', 0, 'x'], 21],
  [['list', 0, 'sub', 0, 'y'], 23],
  [['list', 0, 'sub', 1, 'y'], 25],
  [['list', 1, 'x'], 27],
  [['list', 1, 'table', 'z'], 29],
  [['list', 1, 'missing'], 26],
])('%j is on line %i', (path, line) => {
  expect(indexTomlLines(text).lineOf(path)).toBe(line)
})

it('a path that is nowhere has no line', () => {
  expect(indexTomlLines(text).lineOf(['fake'])).toBeUndefined()
  expect(indexTomlLines('').lineOf(['a'])).toBeUndefined()
})
