import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  allows,
  CapabilityListError,
  capabilityCovers,
  createCapability,
  formatCapabilities,
  formatCapability,
  includesRoot,
  isRootCapability,
  normalizeCapabilities,
  ProtocolError,
  parseCapabilities,
  parseCapability,
  parseStoragePath,
  scopeCovers,
} from '../src/index.ts'
import vectors from '../vectors/capability.json' with { type: 'json' }
import current from '../vectors/capability-0-17.json' with { type: 'json' }

/** The groups of spec 01 §2. */
export function capabilityVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'capability', cases: [...capabilityCases()] },
    { name: 'capability_0_17', cases: [...currentCases()] },
  ]
}

const UPSTREAM_NAMES: Readonly<Record<string, string>> = {
  'capability-format': 'InvalidFormat',
  'capability-no-action': 'MissingActions',
  'capability-action': 'InvalidAction',
  'capability-scope-delimiter': 'InvalidScopeDelimiter',
  'path-not-absolute': 'InvalidScope(NotAbsolute)',
  'path-empty-segment': 'InvalidScope(EmptySegment)',
  'path-current-directory': 'InvalidScope(CurrentDirectorySegment)',
  'path-parent-directory': 'InvalidScope(ParentDirectorySegment)',
  'path-trailing-whitespace': 'InvalidScope(TrailingWhitespace)',
  'path-backslash': 'InvalidScope(Backslash)',
  'path-control-character': 'InvalidScope(ControlCharacter)',
  'path-segment-too-long': 'InvalidScope(SegmentTooLong)',
}

function* capabilityCases(): Generator<VectorCase> {
  for (const { input, scope, actions, text, error, message } of vectors.single) {
    yield {
      name: `single ${JSON.stringify(input)}`,
      run: () => {
        if (message !== undefined) {
          expectFailure(() => parseCapability(input), message)
          expectEqual(
            kindOf(() => parseCapability(input)),
            error,
          )
          return
        }
        const capability = parseCapability(input)
        expectEqual({ scope: capability.scope, actions: capability.actions }, { scope, actions })
        expectEqual(formatCapability(capability), text)
      },
    }
  }
  for (const { scope, error, message } of vectors.construct_errors) {
    yield {
      name: `construct ${scope}`,
      run: () => {
        expectFailure(() => createCapability(scope, 'r'), message)
        expectEqual(
          kindOf(() => createCapability(scope, 'r')),
          error,
        )
      },
    }
  }
  for (const { input, v0_11: expected } of vectors.list) {
    yield {
      name: `list ${JSON.stringify(input)}`,
      run: () => {
        if (expected.error !== undefined) {
          const { message, position, entry, kind } = expected.error
          expectFailure(() => parseCapabilities(input), message)
          expectEqual(
            listErrorOf(() => parseCapabilities(input)),
            { position, entry, kind },
          )
          return
        }
        const list = parseCapabilities(input)
        expectEqual(list.map(formatCapability), expected.entries)
        expectEqual(formatCapabilities(list), expected.text)
        expectEqual(formatCapabilities(normalizeCapabilities(list)), expected.normalized)
      },
    }
  }
  for (const { scope, path, covers } of vectors.covers) {
    yield {
      name: `${scope} covers ${path}`,
      run: () => {
        expectEqual(scopeCovers(parseStoragePath(scope), parseStoragePath(path)), covers)
        expectEqual(allows([createCapability(scope, 'r')], 'r', parseStoragePath(path)), covers)
        expectEqual(allows([createCapability(scope, 'r')], 'w', parseStoragePath(path)), false)
      },
    }
  }
  for (const { caps, any_entry_is_root } of vectors.is_root) {
    yield { name: `root ${caps}`, run: () => expectEqual(includesRoot(parseCapabilities(caps)), any_entry_is_root) }
  }
}

function* currentCases(): Generator<VectorCase> {
  for (const { input, text, is_root, grants_encryption_keys, error } of current.single) {
    yield {
      name: `single ${JSON.stringify(input)}`,
      run: () => {
        if (error !== undefined) {
          expectFailure(() => parseCapability(input), error)
          return
        }
        const capability = parseCapability(input)
        expectEqual(formatCapability(capability), text)
        expectEqual(isRootCapability(capability), is_root)
        expectEqual(capability.actions.includes('e'), grants_encryption_keys)
      },
    }
  }
  for (const { input, text, normalized, any_root, error } of current.list) {
    yield {
      name: `list ${JSON.stringify(input)}`,
      run: () => {
        if (error !== undefined) {
          expectFailure(() => parseCapabilities(input), error)
          return
        }
        const list = parseCapabilities(input)
        expectEqual(formatCapabilities(list), text)
        expectEqual(formatCapabilities(normalizeCapabilities(list)), normalized)
        expectEqual(includesRoot(list), any_root)
      },
    }
  }
  for (const { entry, other, covers } of current.entry_covers_entry) {
    yield {
      name: `${entry} covers ${other}`,
      run: () => expectEqual(capabilityCovers(parseCapability(entry), parseCapability(other)), covers),
    }
  }
}

function kindOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return upstreamName(error)
  }
}

function listErrorOf(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CapabilityListError)) throw error
    return { position: error.position, entry: error.entry, kind: upstreamName(error.cause) }
  }
}

function upstreamName(error: unknown): string | undefined {
  if (!(error instanceof ProtocolError)) throw error
  return error.code === 'capability-scope' ? upstreamName(error.cause) : UPSTREAM_NAMES[error.code]
}
