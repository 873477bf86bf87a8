import type { Session } from '../../accounts/session.ts'
import { Exchange } from '../kernel/exchange.ts'

/** The file or folder a path-addressed request names (spec 02 §5.1). */
export interface StorageTarget {
  /** Canonical z32. */
  readonly owner: string
  /** Normalised; ends with `/` when directory-shaped. */
  readonly path: string
}

/** The website page a request asks for (spec 02 §10.13). */
export interface WebsiteTarget {
  readonly owner: string
  /** Site folder below `/pub/website/`. */
  readonly label: string
  /** Normalised path within the site, as asked for. */
  readonly sitePath: string
  /** Storage path of the file: `/pub/website/<label>…`, with `index.html` for folders. */
  readonly file: string
}

/** A request of the client API with what the stages of spec 02 §2 found out about it. */
export class ClientExchange extends Exchange {
  /** Canonical z32 of the user whose storage the request addresses, if any (stage 2). */
  tenant: string | undefined
  /** Set for `/storage/…` (stage 2). */
  target: StorageTarget | undefined
  /** Set for pages of a website (stage 2b). */
  website: WebsiteTarget | undefined
  /** Who is asking (stages 7 and 8). */
  session: Session | undefined
}
