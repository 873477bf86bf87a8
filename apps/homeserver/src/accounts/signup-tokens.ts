import { randomBytes } from 'node:crypto'
import { CryptoError, crockfordDecode, crockfordEncode } from '@pubky/crypto'
import type { Keyring } from '../blobs/keyring.ts'
import type { Clock } from '../clock.ts'
import { HomeserverError } from '../error.ts'
import type { SignupTokenRecord, Store } from '../store/store.ts'
import { applyPatch, checkPatch, NO_OVERRIDES, type QuotaJson, toQuotaJson } from './quota.ts'

/** A token in the operator's list (spec 03 §2.6). */
export interface SignupTokenDetails {
  readonly token: string
  /** Microseconds since the epoch. */
  readonly createdAt: number
  readonly usedAt: number | undefined
  readonly usedBy: string | undefined
  readonly quota: QuotaJson
}

/** Query of {@link SignupTokens.list}. */
export interface SignupTokenListQuery {
  readonly state: 'all' | 'used' | 'unused'
  /** 1…1000. */
  readonly limit: number
  /** A token text; the page starts after it. */
  readonly cursor: string | undefined
}

const RANDOM_BYTES = 7
const TEXT_LENGTH = 14
/** Opened token texts kept for listings. */
const MAX_OPENED = 100_000

/** Invitations (spec 02 §9.14, 03 §2.5). */
export class SignupTokens {
  readonly #store: Store
  readonly #keyring: Keyring
  readonly #clock: Clock
  readonly #required: boolean
  /** Texts by lookup: listings are ordered by text, which is stored sealed. */
  readonly #opened = new Map<string, string>()

  constructor(
    components: { readonly store: Store; readonly keyring: Keyring; readonly clock: Clock },
    init: { readonly required: boolean },
  ) {
    this.#store = components.store
    this.#keyring = components.keyring
    this.#clock = components.clock
    this.#required = init.required
  }

  /** Whether sign-up needs one. */
  get required(): boolean {
    return this.#required
  }

  /** Creates a token with these limits attached. @throws HomeserverError `quota-invalid` */
  async generate(quota: QuotaJson): Promise<string> {
    checkPatch(quota)
    const token = formatToken(randomBytes(RANDOM_BYTES))
    await this.#store.createSignupToken({
      lookup: this.#lookup(token),
      sealed: this.#keyring.sealCredential('signup-token', token),
      createdAt: this.#clock(),
      quota: applyPatch(NO_OVERRIDES, quota),
    })
    return token
  }

  /**
   * State of a token for anybody who knows it (spec 02 §9.3).
   * @throws HomeserverError `signup-tokens-not-required`, `signup-token-malformed`, `signup-token-unknown`
   */
  async status(text: string): Promise<{ readonly status: 'valid' | 'used'; readonly createdAt: number }> {
    if (!this.#required) throw new HomeserverError('signup-tokens-not-required', 'Signup tokens not required')
    const record = await this.#store.findSignupToken(this.#lookup(parseToken(text)))
    if (record === undefined) throw new HomeserverError('signup-token-unknown', 'Token not found')
    return { status: record.usedAt === undefined ? 'valid' : 'used', createdAt: record.createdAt }
  }

  /** A page in the order of the token texts. @throws HomeserverError `signup-token-malformed` */
  async list(query: SignupTokenListQuery): Promise<{
    readonly items: readonly SignupTokenDetails[]
    readonly nextCursor: string | undefined
  }> {
    const cursor = query.cursor === undefined ? undefined : checkForm(query.cursor)
    const records = await this.#store.listSignupTokens(query.state)
    const found = records
      .map((record) => ({ token: this.#open(record), record }))
      .filter(({ token }) => cursor === undefined || token > cursor)
      .sort((a, b) => (a.token < b.token ? -1 : 1))
    const items = found.slice(0, query.limit).map(({ token, record }) => ({
      token,
      createdAt: record.createdAt,
      usedAt: record.usedAt,
      usedBy: record.usedBy,
      quota: toQuotaJson(record.quota),
    }))
    return { items, nextCursor: found.length > query.limit ? items.at(-1)?.token : undefined }
  }

  /**
   * What a sign-up redeems: the lookup of its token, or undefined when none is needed. The form is checked always.
   * @throws HomeserverError `signup-token-malformed`
   */
  lookupFor(text: string | undefined): Uint8Array | undefined {
    const token = text === undefined ? undefined : parseToken(text)
    return token === undefined || !this.#required ? undefined : this.#lookup(token)
  }

  #lookup(token: string): Uint8Array {
    return this.#keyring.lookup('signup-token', token)
  }

  #open(record: SignupTokenRecord): string {
    const key = Buffer.from(record.lookup).toString('base64')
    const known = this.#opened.get(key)
    if (known !== undefined) return known
    const token = this.#keyring.openCredential('signup-token', record.sealed)
    if (this.#opened.size < MAX_OPENED) this.#opened.set(key, token)
    return token
  }
}

/** The text of a token: 7 bytes as `XXXX-XXXX-XXXX`. */
export function formatToken(bytes: Uint8Array): string {
  return hyphenate(crockfordEncode(bytes))
}

/**
 * The text a token is stored under: upper case, aliases resolved, hyphens in their places.
 * @throws HomeserverError `signup-token-malformed`
 */
export function parseToken(text: string): string {
  const upper = checkForm(text).replaceAll('-', '').toUpperCase()
  return hyphenate(upper.replaceAll(/[IL]/g, '1').replaceAll('O', '0'))
}

/** Passes a text in the form of spec 03 §2.5. @throws HomeserverError `signup-token-malformed` */
function checkForm(text: string): string {
  try {
    if (text.length !== TEXT_LENGTH) throw malformed()
    crockfordDecode(text.replaceAll('-', ''))
    return text
  } catch (error) {
    if (error instanceof CryptoError) throw malformed()
    throw error
  }
}

function hyphenate(characters: string): string {
  return characters.match(/.{1,4}/g)?.join('-') ?? ''
}

function malformed(): HomeserverError {
  return new HomeserverError('signup-token-malformed', 'Invalid signup token format: Invalid signup code id')
}
