import {
  base64Decode,
  base64Encode,
  base64UrlDecode,
  base64UrlEncode,
  blake3,
  createRecoveryFile,
  crockfordDecode,
  crockfordEncode,
  decryptRecoveryFile,
  formatSecretKeyFile,
  hexDecode,
  hexEncode,
  Keypair,
  PublicKey,
  parseKeyAddress,
  parseKeyArgument,
  parseSecretKeyFile,
  secretboxOpen,
  secretboxSeal,
  sha256,
  utf8Decode,
  utf8Encode,
  verifySignature,
  verifySignatureAsync,
  z32Decode,
  z32Encode,
} from '../src/index.ts'
import { recoveryKey } from '../src/recovery-file.ts'
import helpers from '../vectors/crypto.json' with { type: 'json' }
import verification from '../vectors/ed25519-verify.json' with { type: 'json' }
import encodings from '../vectors/encodings.json' with { type: 'json' }
import keys from '../vectors/keys.json' with { type: 'json' }
import recovery from '../vectors/recovery-file.json' with { type: 'json' }
import { expectEqual, expectFailure, expectOutcome, type VectorCase, type VectorGroup } from './vector-groups.ts'

/** The groups of spec 01 that are about this package. */
export function cryptoVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'encodings', cases: [...encodingCases()] },
    { name: 'keys', cases: [...keyCases()] },
    { name: 'ed25519_verify', cases: [...verificationCases()] },
    { name: 'recovery_file', cases: [...recoveryCases()] },
    { name: 'crypto', cases: [...helperCases()] },
  ]
}

function* encodingCases(): Generator<VectorCase> {
  for (const { bytes, text } of [...encodings.crockford, encodings.session_secret_example]) {
    yield {
      name: `crockford ${text}`,
      run: () => {
        expectEqual(crockfordEncode(hexDecode(bytes)), text)
        expectEqual(crockfordDecode(text), hexDecode(bytes))
      },
    }
  }
  for (const { text, same_as } of encodings.crockford_decode_aliases) {
    yield {
      name: `crockford alias ${text}`,
      run: () => expectEqual(crockfordDecode(text), crockfordDecode(same_as)),
    }
  }
  const code = encodings.signup_code_example
  yield {
    name: `signup code ${code.text}`,
    run: () => expectEqual(crockfordDecode(code.text.replaceAll('-', '')), hexDecode(code.bytes)),
  }
  for (const { bytes, text } of encodings.z32) {
    yield {
      name: `z32 ${text}`,
      run: () => {
        expectEqual(z32Encode(hexDecode(bytes)), text)
        expectEqual(z32Decode(text), hexDecode(bytes))
      },
    }
  }
  for (const { bytes, text } of encodings.base64url_nopad) {
    yield {
      name: `base64url ${text}`,
      run: () => {
        expectEqual(base64UrlEncode(hexDecode(bytes)), text)
        expectEqual(base64UrlDecode(text), hexDecode(bytes))
      },
    }
  }
}

function* keyCases(): Generator<VectorCase> {
  for (const { seed, public: bytes, z32, display, pk_uri } of keys.from_seed) {
    yield {
      name: `seed ${seed}`,
      run: () => {
        const { publicKey } = Keypair.fromSecret(hexDecode(seed))
        expectEqual(publicKey.bytes, hexDecode(bytes))
        expectEqual(publicKey.z32(), z32)
        expectEqual(publicKey.toString(), display)
        expectEqual(publicKey.toUri(), pk_uri)
      },
    }
  }
  for (const { bytes, z32 } of keys.bytes_to_z32) {
    yield { name: `bytes ${bytes}`, run: () => expectEqual(PublicKey.fromBytes(hexDecode(bytes)).z32(), z32) }
  }
  const file = keys.secret_key_file
  yield {
    name: 'secret key file',
    run: () => {
      expectEqual(formatSecretKeyFile(Keypair.fromSecret(hexDecode(file.seed))), file.content)
      expectEqual(parseSecretKeyFile(` ${file.content}\n`).secret(), hexDecode(file.seed))
    },
  }
  for (const { input, ...expected } of keys.parse.cases) {
    yield {
      name: `parse ${input}`,
      run: () => {
        const { try_from_z32, from_str, js_PublicKey_from } = expected
        expectOutcome(() => parseKeyAddress(input).z32(), try_from_z32.ok, try_from_z32.err)
        expectOutcome(() => PublicKey.parse(input).z32(), from_str.ok, from_str.err)
        expectOutcome(() => parseKeyArgument(input).z32(), js_PublicKey_from.ok, js_PublicKey_from.err)
      },
    }
  }
}

function* verificationCases(): Generator<VectorCase> {
  for (const { name, public: key, message, signature, official_accepts } of verification.cases) {
    yield {
      name,
      run: async () => {
        const publicKey = PublicKey.fromBytes(hexDecode(key))
        const signed = [hexDecode(message), hexDecode(signature)] as const
        expectEqual(verifySignature(publicKey, ...signed), official_accepts)
        expectEqual(await verifySignatureAsync(publicKey, ...signed), official_accepts)
      },
    }
  }
}

function* recoveryCases(): Generator<VectorCase> {
  for (const { passphrase, key } of recovery.derived_keys) {
    yield { name: `derived key of "${passphrase}"`, run: () => expectEqual(recoveryKey(passphrase), hexDecode(key)) }
  }
  for (const { file, passphrase, seed } of recovery.files) {
    yield {
      name: `file of ${seed}`,
      run: () => expectEqual(decryptRecoveryFile(hexDecode(file), passphrase).secret(), hexDecode(seed)),
    }
  }
  const [sample] = recovery.files
  if (!sample) throw new Error('the vectors have no recovery file')
  const body = hexDecode(sample.file).subarray('pubky.org/recovery\n'.length)
  for (const specLine of recovery.accepted_spec_lines) {
    yield {
      name: `spec line ${JSON.stringify(specLine)}`,
      run: () => {
        const file = new Uint8Array([...utf8Encode(specLine), ...body])
        expectEqual(decryptRecoveryFile(file, sample.passphrase).secret(), hexDecode(sample.seed))
      },
    }
  }
  for (const { name, file = sample.file, error, passphrase = 'wrong' } of recovery.rejected) {
    yield { name, run: () => expectFailure(() => decryptRecoveryFile(hexDecode(file), passphrase), error) }
  }
  yield {
    name: 'file of our own',
    run: () => {
      const keypair = Keypair.random()
      const file = createRecoveryFile(keypair, 'very secure password')
      expectEqual(file.length, 91)
      expectEqual(decryptRecoveryFile(file, 'very secure password').secret(), keypair.secret())
    },
  }
}

function* helperCases(): Generator<VectorCase> {
  for (const { input, hash } of helpers.blake3) {
    yield { name: `blake3 ${input}`, run: () => expectEqual(blake3(hexDecode(input)), hexDecode(hash)) }
  }
  for (const { key, nonce, plaintext_utf8, message } of helpers.secretbox) {
    yield {
      name: `secretbox "${plaintext_utf8}"`,
      run: () => {
        const sealed = secretboxSeal(utf8Encode(plaintext_utf8), hexDecode(key), hexDecode(nonce))
        expectEqual(sealed, hexDecode(message))
        expectEqual(utf8Decode(secretboxOpen(sealed, hexDecode(key))), plaintext_utf8)
      },
    }
  }
  const key = new Uint8Array(32)
  yield {
    name: 'secretbox of nothing',
    run: () => {
      expectEqual(secretboxSeal(new Uint8Array(0), key).length, 0)
      expectEqual(secretboxOpen(new Uint8Array(0), key).length, 0)
    },
  }
  const [tooShort, unopened] = helpers.decrypt_errors
  for (const length of [1, 23]) {
    yield {
      name: `secretbox of ${length} bytes`,
      run: () =>
        expectFailure(
          () => secretboxOpen(new Uint8Array(length), key),
          tooShort?.error.replace('<n>', String(length)) ?? '',
        ),
    }
  }
  for (const length of [24, 39, 40, 60]) {
    yield {
      name: `secretbox of ${length} wrong bytes`,
      run: () => expectFailure(() => secretboxOpen(new Uint8Array(length), key), unopened?.error ?? ''),
    }
  }
  const { secret, secret_b64url, channel_id } = helpers.relay_channel
  yield {
    name: 'relay channel',
    run: () => {
      expectEqual(base64UrlDecode(secret_b64url), hexDecode(secret))
      expectEqual(base64UrlEncode(blake3(hexDecode(secret))), channel_id)
    },
  }
  for (const { content_utf8, etag, sse } of helpers.content_hash) {
    yield {
      name: `content hash of "${content_utf8}"`,
      run: () => {
        const hash = base64Encode(blake3(utf8Encode(content_utf8)))
        expectEqual(hash, sse)
        expectEqual(`"${hash}"`, etag)
        expectEqual(base64Decode(sse), blake3(utf8Encode(content_utf8)))
      },
    }
  }
  for (const { bearer, sha256: hash } of helpers.bearer_hash) {
    yield { name: 'bearer hash', run: () => expectEqual(hexEncode(sha256(utf8Encode(bearer))), hash) }
  }
}
