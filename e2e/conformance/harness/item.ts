import type { Target } from './target.ts'

/** Settings an item needs, in the keys of the official `config.toml` (spec 03 §5.2); merged over {@link BASE_CONFIG}. */
export type ServerConfig = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What every item may count on: open sign-up and no request limits. */
export const BASE_CONFIG: ServerConfig = {
  general: { signup_mode: 'open' },
  drive: { rate_limits: [] },
}

/** Things a server may or may not offer to the tester. */
export type Need =
  /** The operator's listener. */
  | 'admin'
  /** PubkyTLS reachable from here. */
  | 'tls'
  /** The metrics listener. */
  | 'metrics'
  /** The tester may stop the server and start it again on the same data. */
  | 'restart'
  /** A second instance on the same database. */
  | 'second-instance'
  /** HTTP/2 without TLS (prior knowledge). */
  | 'http2'

/** One numbered line of the acceptance list (spec 02 §18). */
export interface Item {
  readonly number: number
  readonly title: string
  readonly needs: readonly Need[]
  /** Settings beyond {@link BASE_CONFIG}; a server that cannot be configured skips the item and says why. */
  readonly config: ServerConfig | undefined
  /** Only our better behaviour; left out with `--official`. */
  readonly better: boolean
  run(target: Target): Promise<void>
}

/** Optional traits of an {@link item}. */
export interface ItemOptions {
  readonly needs?: readonly Need[]
  readonly config?: ServerConfig
  readonly better?: boolean
}

/** Declares an item; throw (an assertion) to fail it. */
export function item(
  number: number,
  title: string,
  run: (target: Target) => Promise<void>,
  options: ItemOptions = {},
): Item {
  return { number, title, run, needs: options.needs ?? [], config: options.config, better: options.better ?? false }
}
