/** An absolute path in the session user's storage. */
export type Path = `/pub/${string}` | `/priv/${string}`

/** A public path with its owner. */
export type Address = `pubky${string}/pub/${string}` | `pubky://${string}/pub/${string}`

/** What a capability allows: read, write, and (0.17) content keys for end-to-end encryption. */
export type CapabilityAction = 'r' | 'w' | 'rw' | 'e' | 're' | 'we' | 'rwe'

/** The path or folder a capability is about. */
export type CapabilityScope = `/${string}`

/** One capability, such as `/pub/my-app/:rw`. */
export type CapabilityEntry = `${CapabilityScope}:${CapabilityAction}`

/** A comma-separated capability list; empty means none. */
export type Capabilities = '' | CapabilityEntry | `${CapabilityEntry},${CapabilityEntry}${string}`

/** Where Pkarr records are asked for. */
export interface PkarrConfig {
  /** Relay base URLs; replace the defaults. */
  relays?: string[]
  /** Milliseconds per relay request; default 2000. */
  requestTimeout?: number
}

/** Options of `new Client()`. */
export interface PubkyClientConfig {
  pkarr?: PkarrConfig
  /** Bytes of an error body that are put into error messages, 0–4294967295; default 4096. */
  maxErrorBodyBytes?: number
}

/** What a server says about a stored file; a member is absent when the server did not say it. */
export interface ResourceStats {
  /** Size in bytes. */
  contentLength?: number
  contentType?: string
  /** Unix time in milliseconds (HTTP dates have whole seconds). */
  lastModifiedMs?: number
  /** Opaque version tag without surrounding quotes. */
  etag?: string
}

/** URLs a signer app may open when it is done; only the members that are set exist. */
export interface XCallbackParams {
  xSource?: string | null
  xSuccess?: string | null
  xError?: string | null
  xCancel?: string | null
}
