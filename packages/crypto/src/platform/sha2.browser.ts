export { hkdfSha256, hmacSha256 } from '../portable/hmac.ts'
export { sha256, sha512 } from '../portable/sha2.ts'
