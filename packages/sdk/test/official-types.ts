/** Equalities of types that apps and the official tests rely on (spec 05 §2.1, §2.4). Checked by the compiler. */
import type {
  Address,
  AuthFlow,
  AuthFlowKind,
  AuthToken,
  BrowserSessionStore,
  Capabilities,
  CapabilityAction,
  Client,
  Event,
  EventStreamBuilder,
  GrantAuthFlow,
  GrantAuthFlowOptions,
  GrantSession,
  Keypair,
  Level,
  Path,
  Pubky,
  PubkyError,
  PubkyErrorName,
  PublicKey,
  PublicStorage,
  ResourceStats,
  resolvePubky,
  Session,
  SessionStorage,
  Signer,
  StoredSessionInfo,
  setLogLevel,
  validateCapabilities,
  XCallbackParams,
} from '../src/index.ts'

type IsExact<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Assert<T extends true> = T

type ListOptions = [
  cursor?: string | null | undefined,
  reverse?: boolean | null | undefined,
  limit?: number | null | undefined,
  shallow?: boolean | null | undefined,
]

export type OfficialTypes = [
  Assert<IsExact<Level, 'error' | 'warn' | 'info' | 'debug' | 'trace'>>,
  Assert<IsExact<Path, `/pub/${string}` | `/priv/${string}`>>,
  Assert<IsExact<Address, `pubky${string}/pub/${string}` | `pubky://${string}/pub/${string}`>>,
  Assert<IsExact<CapabilityAction, 'r' | 'w' | 'rw' | 'e' | 're' | 'we' | 'rwe'>>,
  Assert<
    IsExact<
      PubkyErrorName,
      'RequestError' | 'InvalidInput' | 'AuthenticationError' | 'PkarrError' | 'ClientStateError' | 'InternalError'
    >
  >,
  Assert<IsExact<PubkyError['name'], PubkyErrorName>>,
  Assert<IsExact<PubkyError['data'], unknown>>,
  Assert<IsExact<Parameters<SessionStorage['putText']>, [path: Path, body: string]>>,
  Assert<IsExact<Parameters<SessionStorage['putBytes']>, [path: Path, body: Uint8Array]>>,
  // biome-ignore lint/suspicious/noExplicitAny: the official signature
  Assert<IsExact<Parameters<SessionStorage['putJson']>, [path: Path, body: any]>>,
  Assert<IsExact<Parameters<SessionStorage['delete']>, [path: Path]>>,
  Assert<IsExact<Parameters<SessionStorage['get']>, [path: Path]>>,
  Assert<IsExact<Parameters<SessionStorage['exists']>, [path: Path]>>,
  Assert<IsExact<Parameters<SessionStorage['list']>, [path: Path, ...ListOptions]>>,
  Assert<IsExact<ReturnType<SessionStorage['putText']>, Promise<void>>>,
  Assert<IsExact<ReturnType<SessionStorage['get']>, Promise<Response>>>,
  Assert<IsExact<ReturnType<SessionStorage['getBytes']>, Promise<Uint8Array>>>,
  // biome-ignore lint/suspicious/noExplicitAny: the official signature
  Assert<IsExact<ReturnType<SessionStorage['getJson']>, Promise<any>>>,
  Assert<IsExact<ReturnType<SessionStorage['stats']>, Promise<ResourceStats | undefined>>>,
  Assert<IsExact<Parameters<PublicStorage['getText']>, [address: Address]>>,
  Assert<IsExact<Parameters<PublicStorage['list']>, [address: Address, ...ListOptions]>>,
  Assert<IsExact<Parameters<Signer['signup']>, [homeserver: PublicKey, signupToken?: string | null | undefined]>>,
  Assert<IsExact<ReturnType<Signer['signup']>, Promise<void>>>,
  Assert<IsExact<ReturnType<Signer['signupCookie']>, Promise<Session>>>,
  Assert<IsExact<Parameters<Signer['signin']>, [clientId: string]>>,
  Assert<IsExact<ReturnType<Signer['signin']>, Promise<Session>>>,
  Assert<IsExact<Parameters<Signer['approveAuthRequest']>, [url: string]>>,
  Assert<IsExact<Parameters<Signer['handleDeepLink']>, [url: string]>>,
  Assert<
    IsExact<
      Parameters<Pubky['startCookieAuthFlow']>,
      [
        capabilities: Capabilities,
        kind: AuthFlowKind,
        relay?: string | null | undefined,
        xCallback?: XCallbackParams | null | undefined,
      ]
    >
  >,
  Assert<IsExact<ReturnType<Pubky['startCookieAuthFlow']>, AuthFlow>>,
  Assert<
    IsExact<
      Parameters<Pubky['startGrantAuthFlow']>,
      [capabilities: Capabilities, kind: AuthFlowKind, options: GrantAuthFlowOptions]
    >
  >,
  Assert<IsExact<ReturnType<Pubky['startGrantAuthFlow']>, Promise<GrantAuthFlow>>>,
  Assert<IsExact<ReturnType<Pubky['resumeGrantAuthFlow']>, GrantAuthFlow>>,
  Assert<IsExact<ReturnType<Pubky['getHomeserverOf']>, Promise<PublicKey | undefined>>>,
  Assert<IsExact<ReturnType<Pubky['restoreSession']>, Promise<Session>>>,
  Assert<IsExact<Parameters<Pubky['eventStreamForUser']>, [user: PublicKey, cursor: string | null]>>,
  Assert<IsExact<Parameters<Client['fetch']>, [url: string, init?: RequestInit | null | undefined]>>,
  Assert<IsExact<ReturnType<AuthFlow['awaitToken']>, Promise<AuthToken>>>,
  Assert<IsExact<ReturnType<AuthFlow['tryPollOnce']>, Promise<Session | undefined>>>,
  Assert<IsExact<ReturnType<GrantAuthFlow['awaitApproval']>, Promise<Session>>>,
  Assert<IsExact<Parameters<EventStreamBuilder['addUsers']>, [users: Array<[string, string | null]>]>>,
  Assert<IsExact<ReturnType<EventStreamBuilder['subscribe']>, Promise<ReadableStream<Event>>>>,
  Assert<IsExact<Event['contentHash'], string | undefined>>,
  Assert<IsExact<Session['grant'], GrantSession | undefined>>,
  Assert<IsExact<ReturnType<Session['export']>, string>>,
  Assert<IsExact<StoredSessionInfo['publicKey'], string>>,
  Assert<IsExact<StoredSessionInfo['storageMode'], string>>,
  Assert<IsExact<ReturnType<BrowserSessionStore['save']>, Promise<StoredSessionInfo>>>,
  Assert<IsExact<ReturnType<BrowserSessionStore['list']>, Promise<StoredSessionInfo[]>>>,
  Assert<IsExact<ReturnType<Keypair['secret']>, Uint8Array>>,
  Assert<IsExact<Parameters<typeof setLogLevel>, [level: Level]>>,
  Assert<IsExact<ReturnType<typeof resolvePubky>, string>>,
  Assert<IsExact<ReturnType<typeof validateCapabilities>, string>>,
]
