/** A user's data key, unwrapped (spec 03 §16.3). Lives in memory only. */
export interface DataKey {
  /** 1 or higher. */
  readonly generation: number
  /** 32 bytes. */
  readonly bytes: Uint8Array
  /** The user's public key, 32 bytes: bodies and wrapped keys are bound to it. */
  readonly user: Uint8Array
}
