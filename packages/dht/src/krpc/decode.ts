import type { NodeAddress } from '../address.ts'
import { readDict } from '../bencode/decode.ts'
import { type BencodeDict, type BencodeValue, isBytes, isDict } from '../bencode/value.ts'
import { MAX_DATAGRAM_BYTES, MIN_DATAGRAM_BYTES } from '../constants.ts'
import { ID_LENGTH } from '../node-id.ts'
import { COMPACT_NODE_BYTES, readCompactAddress } from './compact.ts'
import type { Envelope, MalformedMessage, Message, MutableFields, Query, Response } from './message.ts'

/** Bytes of `t` we repeat. Software in the wild uses 1 to 8; longer ones only make us send more. */
const MAX_TRANSACTION_ID_BYTES = 20

/** Characters of a peer's error text that we keep. */
const MAX_DESCRIPTION_LENGTH = 200

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const MAX_PORT = 65535

/** A member that is there but has the wrong type or length. */
class Malformed {}
const MALFORMED = new Malformed()

/**
 * The message in a datagram, read as liberally as official nodes do and more so in `t`, `v` and `ip` (spec 04 §4.1).
 * `undefined` when there is nothing to answer: no dictionary, no usable `t` or `y`. Never throws. Byte strings are views
 * into the datagram.
 */
export function decodeMessage(datagram: Uint8Array): Message | MalformedMessage | undefined {
  if (datagram.length < MIN_DATAGRAM_BYTES || datagram.length > MAX_DATAGRAM_BYTES) return undefined
  const dict = readDict(datagram)
  if (dict === undefined) return undefined
  const transactionId = dict.get('t')
  if (!isBytes(transactionId) || transactionId.length < 1 || transactionId.length > MAX_TRANSACTION_ID_BYTES) {
    return undefined
  }
  const envelope: Envelope = {
    transactionId,
    version: optionalBytes(dict.get('v')),
    readOnly: optionalFlag(dict.get('ro')),
    requesterAddress: optionalBytes(dict.get('ip')),
  }
  switch (text(dict.get('y'))) {
    case 'q':
      return queryMessage(dict, envelope)
    case 'r': {
      const members = dict.get('r')
      const response = isDict(members) ? readResponse(members) : undefined
      return response ? { ...envelope, type: 'response', response } : malformed(envelope, 'response')
    }
    case 'e':
      return errorMessage(dict.get('e'), envelope)
    default:
      return undefined
  }
}

function queryMessage(dict: BencodeDict, envelope: Envelope): Message | MalformedMessage {
  const method = text(dict.get('q'))
  const args = dict.get('a')
  if (method === undefined || !isDict(args)) return malformed(envelope, 'query')
  const id = bytesOf(args.get('id'), ID_LENGTH)
  if (id === undefined) return malformed(envelope, 'query')
  const query = readQuery(method, id, args)
  return query ? { ...envelope, type: 'query', query } : { ...malformed(envelope, 'query'), method }
}

function readQuery(method: string, id: Uint8Array, args: BencodeDict): Query | undefined {
  switch (method) {
    case 'ping':
      return { method, id }
    case 'find_node':
    case 'sample_infohashes': {
      const target = bytesOf(args.get('target'), ID_LENGTH)
      return target && { method, id, target }
    }
    case 'get_peers': {
      const infoHash = bytesOf(args.get('info_hash'), ID_LENGTH)
      return infoHash && { method, id, infoHash }
    }
    case 'announce_peer':
      return readAnnouncePeer(id, args)
    case 'get': {
      const target = bytesOf(args.get('target'), ID_LENGTH)
      const seq = optional(args.get('seq'), integer)
      return target && !(seq instanceof Malformed) ? { method, id, target, seq } : undefined
    }
    case 'put':
      return readPut(id, args)
    default:
      return undefined
  }
}

function readAnnouncePeer(id: Uint8Array, args: BencodeDict): Query | undefined {
  const infoHash = bytesOf(args.get('info_hash'), ID_LENGTH)
  const token = args.get('token')
  const impliedPort = optionalFlag(args.get('implied_port'))
  const port = integer(args.get('port')) ?? (impliedPort ? 0n : -1n)
  if (infoHash === undefined || !isBytes(token) || port < 0n || port > MAX_PORT) return undefined
  return { method: 'announce_peer', id, infoHash, port: Number(port), impliedPort, token }
}

function readPut(id: Uint8Array, args: BencodeDict): Query | undefined {
  const token = args.get('token')
  const value = args.get('v')
  const target = optional(args.get('target'), (member) => bytesOf(member, ID_LENGTH))
  const mutable = readMutableFields(args)
  if (!isBytes(token) || value === undefined || target instanceof Malformed || mutable instanceof Malformed) {
    return undefined
  }
  return { method: 'put', id, token, target, value, mutable }
}

/** All of `k`, `seq` and `sig`, or none of the members of a mutable item: anything between is malformed (spec 04 §4.3). */
function readMutableFields(args: BencodeDict): MutableFields | Malformed | undefined {
  const key = bytesOf(args.get('k'), KEY_BYTES)
  if (key === undefined) {
    const others = ['k', 'salt', 'seq', 'sig', 'cas'].some((name) => args.has(name))
    return others ? MALFORMED : undefined
  }
  const seq = integer(args.get('seq'))
  const signature = bytesOf(args.get('sig'), SIGNATURE_BYTES)
  const salt = optional(args.get('salt'), optionalBytes)
  const cas = optional(args.get('cas'), integer)
  if (seq === undefined || signature === undefined) return MALFORMED
  if (salt instanceof Malformed || cas instanceof Malformed) return MALFORMED
  return { key, salt, seq, signature, cas }
}

function readResponse(members: BencodeDict): Response | undefined {
  const id = bytesOf(members.get('id'), ID_LENGTH)
  const nodes = optional(members.get('nodes'), compactNodes)
  const token = optional(members.get('token'), optionalBytes)
  const key = optional(members.get('k'), (member) => bytesOf(member, KEY_BYTES))
  const seq = optional(members.get('seq'), integer)
  const signature = optional(members.get('sig'), (member) => bytesOf(member, SIGNATURE_BYTES))
  const peers = optional(members.get('values'), peerList)
  if (id === undefined || nodes instanceof Malformed || token instanceof Malformed) return undefined
  if (key instanceof Malformed || seq instanceof Malformed || signature instanceof Malformed) return undefined
  if (peers instanceof Malformed) return undefined
  return { id, nodes, token, peers, value: members.get('v'), key, seq, signature, samples: readSamples(members) }
}

function readSamples(members: BencodeDict): Response['samples'] {
  const hashes = members.get('samples')
  const count = integer(members.get('num'))
  const interval = integer(members.get('interval'))
  if (!isBytes(hashes) || hashes.length % ID_LENGTH !== 0 || count === undefined || interval === undefined) {
    return undefined
  }
  return { hashes, count: Number(count), interval: Number(interval) }
}

function errorMessage(content: BencodeValue | undefined, envelope: Envelope): Message | MalformedMessage {
  if (!Array.isArray(content)) return malformed(envelope, 'error')
  const [code, description]: readonly (BencodeValue | undefined)[] = content
  if (typeof code !== 'bigint' || !isBytes(description)) return malformed(envelope, 'error')
  const shown = Buffer.from(description).toString('latin1', 0, MAX_DESCRIPTION_LENGTH)
  return { ...envelope, type: 'error', code: Number(code), description: shown }
}

function malformed(envelope: Envelope, inside: MalformedMessage['inside']): MalformedMessage {
  return { ...envelope, type: 'malformed', inside }
}

/** An absent member is `undefined`; a present one that `read` cannot use is {@link MALFORMED}. */
function optional<T>(member: BencodeValue | undefined, read: (member: BencodeValue) => T | undefined) {
  return member === undefined ? undefined : (read(member) ?? MALFORMED)
}

function bytesOf(member: BencodeValue | undefined, length: number): Uint8Array | undefined {
  return isBytes(member) && member.length === length ? member : undefined
}

function optionalBytes(member: BencodeValue | undefined): Uint8Array | undefined {
  return isBytes(member) ? member : undefined
}

function optionalFlag(member: BencodeValue | undefined): boolean | undefined {
  return typeof member === 'bigint' ? member > 0n : undefined
}

function integer(member: BencodeValue | undefined): bigint | undefined {
  return typeof member === 'bigint' ? member : undefined
}

function text(member: BencodeValue | undefined): string | undefined {
  return isBytes(member) ? Buffer.from(member).toString('latin1', 0, MAX_DESCRIPTION_LENGTH) : undefined
}

function compactNodes(member: BencodeValue): Uint8Array | undefined {
  return isBytes(member) && member.length % COMPACT_NODE_BYTES === 0 ? member : undefined
}

/** IPv4 peers; entries of other lengths (IPv6) are left out. */
function peerList(member: BencodeValue): NodeAddress[] | undefined {
  if (!Array.isArray(member)) return undefined
  const entries: readonly BencodeValue[] = member
  return entries.flatMap((entry) => (isBytes(entry) ? (readCompactAddress(entry) ?? []) : []))
}
