import { createPrivateKey, createPublicKey } from 'node:crypto'
import { Keypair } from '@pubky/crypto'
import { ClientHandshake } from '../src/client-handshake.ts'
import { Connection, REKEY_AFTER_RECORDS } from '../src/connection.ts'
import { type Entropy, systemEntropy } from '../src/entropy.ts'
import { agreeX25519, generateKeyShare, type KeyShare, type NamedGroup } from '../src/key-exchange.ts'
import { ServerHandshake } from '../src/server-handshake.ts'

/** The server key of the vectors. */
export const serverKeypair = Keypair.fromSecret(Buffer.alloc(32, 1))
export const SERVERNAME = `_pubky.${serverKeypair.publicKey.z32()}`

export interface PairInit {
  readonly keypair?: Keypair
  readonly now?: () => number
  readonly clientEntropy?: Entropy
  readonly serverEntropy?: Entropy
  readonly rekeyAfterRecords?: number
}

/** A client and a server that are not connected to anything. */
export function unconnectedPair(init: PairInit = {}): { client: Connection; server: Connection } {
  const keypair = init.keypair ?? serverKeypair
  const common = { now: init.now ?? (() => 0), rekeyAfterRecords: init.rekeyAfterRecords ?? REKEY_AFTER_RECORDS }
  const target = { serverKeys: [keypair.publicKey], servername: SERVERNAME }
  return {
    client: new Connection({ ...common, handshake: new ClientHandshake(target, init.clientEntropy) }),
    server: new Connection({ ...common, handshake: new ServerHandshake(keypair, init.serverEntropy) }),
  }
}

/** A client and a server after their handshake. */
export function connectedPair(init: PairInit = {}): { client: Connection; server: Connection } {
  const pair = unconnectedPair(init)
  exchange(pair.client, pair.server)
  return pair
}

/** Carries records both ways until neither side has more to say. */
export function exchange(a: Connection, b: Connection): void {
  for (;;) {
    const fromA = a.takeOutgoing()
    for (const record of fromA) b.receive(record)
    const fromB = b.takeOutgoing()
    for (const record of fromB) a.receive(record)
    if (fromA.length === 0 && fromB.length === 0) return
  }
}

/** All application data that waits in a connection. */
export function received(connection: Connection): Buffer {
  return Buffer.concat(connection.takeIncoming())
}

/** All bytes that wait to be sent. */
export function sent(connection: Connection): Buffer {
  return Buffer.concat(connection.takeOutgoing())
}

/** Gives fixed random values in order, and x25519 shares of a fixed private key. */
export function fixedEntropy(randoms: readonly Buffer[], privateKey: Buffer): Entropy {
  const left = [...randoms]
  return {
    randomBytes(length) {
      const next = left.shift()
      if (next?.length !== length) throw new Error(`no fixed random value of ${length} bytes left`)
      return next
    },
    keyShare: (group) => (group.name === 'x25519' ? fixedX25519Share(privateKey, group) : generateKeyShare(group)),
  }
}

/** Real entropy, but one ephemeral key and each agreement made once: makes thousands of handshakes cheap. */
export function cheapEntropy(): Entropy {
  const shares = new Map<NamedGroup, KeyShare>()
  return {
    randomBytes: systemEntropy.randomBytes,
    keyShare(group) {
      const share = shares.get(group) ?? rememberingShare(generateKeyShare(group))
      shares.set(group, share)
      return share
    },
  }
}

function rememberingShare(share: KeyShare): KeyShare {
  const secrets = new Map<string, Buffer>()
  return {
    ...share,
    agree(peerShare) {
      const peer = peerShare.toString('latin1')
      const secret = secrets.get(peer) ?? share.agree(peerShare)
      if (secrets.size < 100) secrets.set(peer, Buffer.from(secret))
      // The key schedule overwrites what it gets.
      return Buffer.from(secret)
    },
  }
}

function fixedX25519Share(secret: Buffer, group: NamedGroup): KeyShare {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { group, publicValue: spki.subarray(-32), agree: (peerShare) => agreeX25519(privateKey, group, peerShare) }
}
