import { createPrivateKey } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  connect as connectNodeTls,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  TLSSocket,
} from 'node:tls'
import { inspect } from 'node:util'
import type { Keypair, PublicKey } from '@pubky/crypto'
import koffi from 'koffi'

/**
 * The OpenSSL 3.5 inside Node as a peer that speaks RFC 7250. Nothing of that is reachable from JavaScript, so a foreign
 * function interface switches it on (spec 04 §6.5). Fit for tests only: it leans on undocumented parts of Node.
 */
export interface OpensslOptions {
  /** OpenSSL's list of TLS 1.3 suites. */
  readonly ciphers?: string
  /** OpenSSL's list of groups, in order of preference. */
  readonly groups?: string
  /** Whether the client refuses a wrong key in the handshake. Node itself then refuses the right one after it. */
  readonly refuseWrongKey?: boolean
}

/** The server end on an accepted TCP socket; resolves after the handshake. */
export function acceptWithOpenssl(raw: Socket, keypair: Keypair, options: OpensslOptions = {}): Promise<TLSSocket> {
  const context = newContext(options)
  // No certificate: the key alone is what a raw public key needs.
  Reflect.get(context.context, 'setKey').call(context.context, pemOf(keypair))
  useRawPublicKeys(context)
  const socket = new TLSSocket(raw, { isServer: true, secureContext: context })
  return whenSecure(socket, 'secure')
}

/** The client end on a connected TCP socket; resolves after the handshake, rejects when the server shows another key. */
export async function connectWithOpenssl(
  raw: Socket,
  serverKey: PublicKey,
  servername: string,
  options: OpensslOptions = {},
): Promise<TLSSocket> {
  const context = newContext({ ...options, sigalgs: 'ed25519' })
  useRawPublicKeys(context)
  let rightKey = false
  const verify = koffi.register((store: unknown) => {
    rightKey = shownKey(store)?.equals(serverKey.bytes) ?? false
    return rightKey ? 1 : 0
  }, verifyType)
  setVerifyCallback(addressOf(context), verify, null)
  try {
    const rejectUnauthorized = options.refuseWrongKey ?? false
    const secure = connectNodeTls({ socket: raw, secureContext: context, rejectUnauthorized, servername })
    await whenSecure(secure, 'secureConnect')
    if (!rightKey) throw new Error('the server shows another key')
    return secure
  } finally {
    koffi.unregister(verify)
  }
}

function newContext(options: OpensslOptions & SecureContextOptions): SecureContext {
  const { groups, refuseWrongKey: _, ...rest } = options
  return createSecureContext({ ...rest, minVersion: 'TLSv1.3', ...(groups !== undefined && { ecdhCurve: groups }) })
}

function whenSecure(socket: TLSSocket, event: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve(socket))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before the handshake was complete')))
  })
}

function useRawPublicKeys(context: SecureContext): void {
  if (setServerCertType(addressOf(context), Buffer.of(2), 1) !== 1) throw new Error('OpenSSL refuses raw public keys')
}

function shownKey(store: unknown): Buffer | undefined {
  const key = getRpk(store)
  const raw = Buffer.alloc(32)
  return key && getRawPublicKey(key, raw, [32]) === 1 ? raw : undefined
}

/** The SSL_CTX of a context. Node hands out an opaque External, whose address only `inspect` tells. */
function addressOf(context: SecureContext): bigint {
  const address = /External: ([0-9a-f]+)/.exec(inspect(Reflect.get(context.context, '_external')))?.[1]
  if (address === undefined) throw new Error('this Node does not tell where its SSL_CTX is')
  return BigInt(`0x${address}`)
}

function pemOf(keypair: Keypair): string | Buffer {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), keypair.secret()])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' })
}

const node = koffi.load(null)
const setServerCertType = node.func('int SSL_CTX_set1_server_cert_type(void *ctx, const uint8_t *val, size_t len)')
const verifyType = koffi.pointer(koffi.proto('int VerifyCallback(void *store, void *arg)'))
const setVerifyCallback = node.func('void SSL_CTX_set_cert_verify_callback(void *ctx, VerifyCallback *cb, void *arg)')
const getRpk = node.func('void *X509_STORE_CTX_get0_rpk(void *store)')
const getRawPublicKey = node.func('int EVP_PKEY_get_raw_public_key(void *key, _Out_ uint8_t *pub, _Inout_ size_t *len)')
