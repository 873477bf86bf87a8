import fc from 'fast-check'
import { type Capability, createCapability, parseStoragePath, type StoragePath } from '../src/index.ts'

const SEGMENT_CHARS = [...'abcXYZ019-_.~ !$&\'()*+;=@|[]^%?#<>"{}`é漢😀']

/** A segment that a server stores. */
const segment = fc
  .string({ unit: fc.constantFrom(...SEGMENT_CHARS), minLength: 1, maxLength: 12 })
  .filter((text) => text !== '.' && text !== '..' && !text.endsWith(' '))

/** A canonical path: directories, files and the root. */
export const storagePath: fc.Arbitrary<StoragePath> = fc
  .tuple(fc.array(segment, { maxLength: 5 }), fc.boolean())
  .map(([segments, isDirectory]) => {
    return parseStoragePath(segments.length === 0 ? '/' : `/${segments.join('/')}${isDirectory ? '/' : ''}`)
  })

/** A canonical path that has a name in it: the root of a user cannot be written as a resource. */
export const entryPath: fc.Arbitrary<StoragePath> = storagePath.filter((path) => path !== '/')

/** A capability of any actions. */
export const capability: fc.Arbitrary<Capability> = fc
  .tuple(storagePath, fc.constantFrom('r', 'w', 'e', 'rw', 're', 'we', 'rwe'))
  .map(([scope, actions]) => createCapability(scope, actions))

/** A list of capabilities with overlapping scopes. */
export const nestedCapabilities: fc.Arbitrary<Capability[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom('/', '/pub/', '/pub/a', '/pub/a/', '/pub/a/b', '/pub/ab', '/priv/'),
      fc.constantFrom('r', 'w', 'e', 'rw', 're', 'we', 'rwe'),
    )
    .map(([scope, actions]) => createCapability(scope, actions)),
  { maxLength: 6 },
)
