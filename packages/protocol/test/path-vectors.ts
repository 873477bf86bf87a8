import { hexDecode, Keypair } from '@pubky/crypto'
import {
  expectEqual,
  expectFailure,
  expectOutcome,
  type VectorCase,
  type VectorGroup,
} from '../../crypto/test/vector-groups.ts'
import {
  createTimestampSource,
  decodeTimestamp,
  encodeTimestamp,
  formatTimestamp,
  hostAddressedUrl,
  isPathAddressed,
  normalizeStoragePath,
  ProtocolError,
  parseResourcePath,
  parseStoragePath,
  parseStorageTarget,
  parseTimestamp,
  percentDecodePath,
  percentEncodePath,
  Resource,
} from '../src/index.ts'
import addressed from '../vectors/path-addressed-request.json' with { type: 'json' }
import resources from '../vectors/resource.json' with { type: 'json' }
import doubleEncoding from '../vectors/sdk-session-write-double-encoding.json' with { type: 'json' }
import paths from '../vectors/storage-path.json' with { type: 'json' }
import timestamps from '../vectors/timestamp.json' with { type: 'json' }

/** The groups of spec 01 §3 and §10. */
export function pathVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'storage_path', cases: [...storagePathCases()] },
    { name: 'path_addressed_request', cases: [...addressedCases()] },
    { name: 'resource', cases: [...resourceCases()] },
    { name: 'sdk_session_write_double_encoding', cases: [...doubleEncodingCases()] },
    { name: 'timestamp', cases: [...timestampCases()] },
  ]
}

function* storagePathCases(): Generator<VectorCase> {
  for (const { input, ok, message } of paths.strict) {
    yield {
      name: `strict ${JSON.stringify(input)}`,
      run: () => expectOutcome(() => parseStoragePath(input), ok, message),
    }
  }
  for (const { input, ok, message } of paths.normalize) {
    yield {
      name: `normalize ${JSON.stringify(input)}`,
      run: () => expectOutcome(() => normalizeStoragePath(input), ok, message),
    }
  }
  for (const { desc, strict, normalize } of paths.length_cases) {
    const expected = (strict ?? normalize ?? '').split(' ')[0]
    const parse = strict === undefined ? normalizeStoragePath : parseStoragePath
    yield {
      name: desc,
      run: () =>
        expectEqual(
          lengthVerdict(() => parse(evaluateText(desc))),
          expected,
        ),
    }
  }
  for (const { input, encoded } of paths.url_encode) {
    yield { name: `encode ${input}`, run: () => expectEqual(percentEncodePath(input), encoded) }
  }
}

/** Reads descriptions such as `"/" + "a"*255 (255 bytes)`. */
function evaluateText(description: string): string {
  const terms = description.matchAll(/("(?:[^"\\]|\\.)*")(?:\*(\d+))?/g)
  return [...terms].map(([, text = '""', times = '1']) => String(JSON.parse(text)).repeat(Number(times))).join('')
}

function lengthVerdict(parse: () => unknown): string {
  try {
    parse()
    return 'ok'
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return error.code === 'path-too-long'
      ? 'PathTooLong'
      : error.code === 'path-segment-too-long'
        ? 'SegmentTooLong'
        : error.code
  }
}

/** Owners that are not the canonical text of a key are refused by us (spec 02 §4, Better). */
const STRICTER_OWNER = /^\/storage\/(?:foo\.|pk:)/

function* addressedCases(): Generator<VectorCase> {
  for (const { raw, owner, path, body } of addressed.cases) {
    yield {
      name: raw,
      run: () => {
        expectEqual(isPathAddressed(raw), true)
        const error = STRICTER_OWNER.test(raw) ? 'Invalid storage owner public key' : body
        expectOutcome(
          () => {
            const target = parseStorageTarget(raw)
            return { owner: target.owner.z32(), path: target.path }
          },
          { owner, path },
          error,
        )
      },
    }
  }
}

/** Names that no server stores are refused by us before a request is made (spec 01 §3.3, Better). */
const STRICTER_NAME = new Map([
  ['\n', 'path contains a control character'],
  ['\\', 'path must not contain a backslash'],
])

function* resourceCases(): Generator<VectorCase> {
  for (const { input, error, ...expected } of resources.cases) {
    const stricter = [...STRICTER_NAME].find(([mark]) => input.includes(mark))?.[1]
    yield {
      name: JSON.stringify(input),
      run: () => {
        const message = stricter ?? error
        if (message !== undefined) {
          expectFailure(() => Resource.parse(input), message)
          return
        }
        const resource = Resource.parse(input)
        expectEqual(hostAddressedUrl(resource), expected.transport_0_11_0)
        expectEqual(resource.toTransportUrl(), expected.transport_head)
        expectEqual(resource.encodedPath, expected.path)
        expectEqual(resource.toPubkyUrl(), expected.pubky_url)
        expectEqual(resource.toString(), expected.identifier)
        for (const url of [hostAddressedUrl(resource), resource.toTransportUrl()]) {
          expectEqual(Resource.fromTransportUrl(url).entryKey(), resource.entryKey())
        }
      },
    }
  }
}

function* doubleEncodingCases(): Generator<VectorCase> {
  const owner = Keypair.fromSecret(new Uint8Array(32)).publicKey
  const encode = (path: string) => new Resource(owner, parseResourcePath(path)).encodedPath
  for (const { call, path, request_path, stored_name } of doubleEncoding.cases) {
    yield {
      name: `${call} ${path}`,
      run: () => {
        const once = encode(path)
        const sent = call.startsWith('session') ? encode(once) : once
        expectEqual(sent, request_path)
        expectEqual(normalizeStoragePath(percentDecodePath(sent)), stored_name)
      },
    }
  }
}

function* timestampCases(): Generator<VectorCase> {
  for (const { us, bytes_be, text } of timestamps.cases) {
    yield {
      name: us,
      run: () => {
        expectEqual(encodeTimestamp(BigInt(us)), hexDecode(bytes_be))
        expectEqual(decodeTimestamp(hexDecode(bytes_be)), BigInt(us))
        expectEqual(formatTimestamp(BigInt(us)), text)
        expectEqual(parseTimestamp(text), BigInt(us))
      },
    }
  }
  for (const { text, us } of timestamps.decode) {
    yield { name: text, run: () => expectEqual(parseTimestamp(text), BigInt(us)) }
  }
  yield {
    name: 'generator',
    run: () => {
      const next = createTimestampSource(() => 1_700_000_000_000, 0x3d)
      expectEqual(next(), BigInt(timestamps.generator_case.result_us))
    },
  }
}
