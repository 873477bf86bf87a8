/**
 * The complete owner name for a name relative to a signer (spec 04 §1.5): `@`, `.` and the empty name are the signer
 * itself, a name that ends in the signer's key is complete, any other gets the key appended. Case is kept.
 *
 * @param origin z-base-32 public key of the signer
 */
export function normaliseName(name: string, origin: string): string {
  const stripped = name.endsWith('.') ? name.slice(0, -1) : name
  const last = stripped.slice(stripped.lastIndexOf('.') + 1)
  if (last === origin) return stripped
  if (last === '' || last === '@') return origin
  return `${stripped}.${origin}`
}

/**
 * Whether the record owner `owner` answers a look-up of `name`, both complete. ASCII case does not matter. A name that
 * starts with `*` matches owners that end in what follows the star, after exactly one label (spec 04 §1.10).
 */
export function ownerMatches(owner: string, name: string): boolean {
  const [have, want] = [owner.toLowerCase(), name.toLowerCase()]
  if (!want.startsWith('*')) return have === want
  const suffix = want.slice(1)
  return have.endsWith(suffix) && !have.slice(0, have.length - suffix.length).includes('.')
}
