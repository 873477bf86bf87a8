import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRootKey, readRootKey } from './key-file.ts'
import { Keyring } from './keyring.ts'

const rootKey = randomBytes(32)
const installId = randomBytes(16)
const keyring = new Keyring(rootKey, installId)
const user = randomBytes(32)

describe('keyring', () => {
  test('wraps a data key for one user, one generation, one root key', () => {
    const wrapped = keyring.createUserKey(user)
    const key = keyring.unwrapUserKey(user, wrapped)
    expect(key.bytes).toHaveLength(32)
    expect(Buffer.from(wrapped.wrapped).includes(Buffer.from(key.bytes))).toBe(false)
    expect(() => keyring.unwrapUserKey(randomBytes(32), wrapped)).toThrow('does not verify')
    expect(() => keyring.unwrapUserKey(user, { ...wrapped, generation: 2 })).toThrow('does not verify')
    expect(() => new Keyring(randomBytes(32), installId).unwrapUserKey(user, wrapped)).toThrow('does not verify')
    expect(() => keyring.unwrapUserKey(user, { ...wrapped, wrapped: new Uint8Array(3) })).toThrow('does not verify')
  })

  test('looks secrets up by a keyed hash, per kind and install', () => {
    const lookup = keyring.lookup('cookie-session', 'secret')
    expect(keyring.lookup('cookie-session', 'secret')).toEqual(lookup)
    expect(keyring.lookup('signup-token', 'secret')).not.toEqual(lookup)
    expect(keyring.lookup('cookie-session', 'secreT')).not.toEqual(lookup)
    expect(new Keyring(rootKey, randomBytes(16)).lookup('cookie-session', 'secret')).not.toEqual(lookup)
  })

  test('seals credentials that must be shown again', () => {
    const sealed = keyring.sealCredential('signup-token', 'AAAA-BBBB-CCCC')
    expect(Buffer.from(sealed).includes('AAAA')).toBe(false)
    expect(keyring.openCredential('signup-token', sealed)).toBe('AAAA-BBBB-CCCC')
    sealed[20] = (sealed[20] ?? 0) ^ 1
    expect(() => keyring.openCredential('signup-token', sealed)).toThrow('does not verify')
  })
})

describe('key file', () => {
  test('is created once, for its owner only, and read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pubky-key-'))
    const path = join(folder, 'keys', 'root')
    try {
      expect(await readRootKey(path)).toBeUndefined()
      const key = await createRootKey(path)
      expect((await stat(path)).mode & 0o777).toBe(0o400)
      expect(await readFile(path, 'latin1')).toMatch(/^[0-9a-f]{64}\n$/)
      expect(await readRootKey(path)).toEqual(key)
      await expect(createRootKey(path)).rejects.toMatchObject({ code: 'storage-failed' })
      expect(await readRootKey(path)).toEqual(key)
      await chmod(path, 0o600)
      for (const text of ['', 'zz'.repeat(32), '00'.repeat(31), '00'.repeat(33)]) {
        await writeFile(path, text)
        await expect(readRootKey(path)).rejects.toThrow('64 hex digits')
      }
      await expect(readRootKey(folder)).rejects.toMatchObject({ code: 'storage-failed' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
