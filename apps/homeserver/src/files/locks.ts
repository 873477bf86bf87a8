import type { Session } from '../accounts/session.ts'

/** A granted or refreshed lock. */
export interface LiveLock {
  /** UUID text without `opaquelocktoken:`. */
  readonly token: string
  readonly seconds: number
}

/** Write locks (spec 02 §10.12). Each method authorises first (§7.4, `no-session` → 401 `Unauthorized` at the edge). */
export class Locks {
  /**
   * Checks 2–6 of spec 02 §10.12.3, to be called before the body is read.
   * @throws HomeserverError authorisation codes, `user-unknown`, `user-disabled`
   */
  check(_session: Session | undefined, _tenant: string, _path: string): Promise<void> {
    throw new Error('being written')
  }

  /** A new lock for 1…60 seconds. @throws HomeserverError `resource-locked`, `too-many-locks` and as {@link check} */
  acquire(_session: Session | undefined, _tenant: string, _path: string, _seconds: number): Promise<LiveLock> {
    throw new Error('being written')
  }

  /** Restarts a live lock of which one token is presented. @throws HomeserverError `lock-lost` and as {@link check} */
  refresh(
    _session: Session | undefined,
    _tenant: string,
    _path: string,
    _tokens: readonly string[],
    _seconds: number,
  ): Promise<LiveLock> {
    throw new Error('being written')
  }

  /** Releases. @throws HomeserverError authorisation codes, `user-unknown`, `lock-unknown` */
  release(_session: Session | undefined, _tenant: string, _path: string, _token: string): Promise<void> {
    throw new Error('being written')
  }
}
