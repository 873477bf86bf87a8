import { hexDecode, hexEncode, utf8Encode } from '@pubky/crypto'
import { expect, it } from 'vitest'
import { subkey, xchacha20poly1305Open, xchacha20poly1305Seal } from './xchacha20poly1305.ts'

it('HChaCha20 gives the subkey of draft-irtf-cfrg-xchacha-03 §2.2.1', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i)
  const nonce = hexDecode('000000090000004a0000000031415927')
  expect(hexEncode(subkey(key, nonce))).toBe('82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc')
})

it('XChaCha20-Poly1305 gives the ciphertext of draft-irtf-cfrg-xchacha-03 appendix A.3.1', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)
  const nonce = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i)
  const associated = hexDecode('50515253c0c1c2c3c4c5c6c7')
  const plaintext = utf8Encode(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  )
  const sealed = xchacha20poly1305Seal(key, nonce, plaintext, associated)
  expect(hexEncode(sealed)).toBe(
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49',
  )
  expect(xchacha20poly1305Open(key, nonce, sealed, associated)).toEqual(new Uint8Array(plaintext))
  expect(xchacha20poly1305Open(key, nonce, sealed, utf8Encode('other'))).toBeUndefined()
})
