import type { QuotaJson } from './users.ts'

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

/** Invitations (spec 02 §9.14, 03 §2.5). */
export class SignupTokens {
  /** Whether sign-up needs one. */
  get required(): boolean {
    throw new Error('being written')
  }

  /** Creates a token with these limits attached. @throws HomeserverError `quota-invalid` */
  generate(_quota: QuotaJson): Promise<string> {
    throw new Error('being written')
  }

  /**
   * State of a token for anybody who knows it (spec 02 §9.3).
   * @throws HomeserverError `signup-tokens-not-required`, `signup-token-malformed`, `signup-token-unknown`
   */
  status(_text: string): Promise<{ readonly status: 'valid' | 'used'; readonly createdAt: number }> {
    throw new Error('being written')
  }

  /** A page in the order of the token texts. @throws HomeserverError `signup-token-malformed` */
  list(_query: SignupTokenListQuery): Promise<{
    readonly items: readonly SignupTokenDetails[]
    readonly nextCursor: string | undefined
  }> {
    throw new Error('being written')
  }
}
