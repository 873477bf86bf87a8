import { encode } from '../bencode/encode.ts'
import type { Encodable } from '../bencode/value.ts'
import { writeCompactAddress } from './compact.ts'
import type { Message, Query, Response } from './message.ts'

type Members = readonly (readonly [string, Encodable | undefined])[]

/** The datagram of a message: canonical bencoding (spec 04 §4.1). */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const { transactionId, version, readOnly, requesterAddress } = message
  return encode(
    new Map<string, Encodable | undefined>([
      ...content(message),
      ['ip', requesterAddress],
      ['ro', readOnly === undefined ? undefined : Number(readOnly)],
      ['t', transactionId],
      ['v', version],
    ]),
  )
}

function content(message: Message): Members {
  switch (message.type) {
    case 'query':
      return [
        ['y', 'q'],
        ['q', message.query.method],
        ['a', new Map(argumentsOf(message.query))],
      ]
    case 'response':
      return [
        ['y', 'r'],
        ['r', new Map(membersOf(message.response))],
      ]
    case 'error':
      return [
        ['y', 'e'],
        ['e', [message.code, message.description]],
      ]
  }
}

function argumentsOf(query: Query): Members {
  const id = ['id', query.id] as const
  switch (query.method) {
    case 'ping':
      return [id]
    case 'find_node':
    case 'sample_infohashes':
      return [id, ['target', query.target]]
    case 'get_peers':
      return [id, ['info_hash', query.infoHash]]
    case 'announce_peer':
      return [
        id,
        ['implied_port', query.impliedPort === undefined ? undefined : Number(query.impliedPort)],
        ['info_hash', query.infoHash],
        ['port', query.port],
        ['token', query.token],
      ]
    case 'get':
      return [id, ['seq', query.seq], ['target', query.target]]
    case 'put':
      return [
        id,
        ['cas', query.mutable?.cas],
        ['k', query.mutable?.key],
        ['salt', query.mutable?.salt],
        ['seq', query.mutable?.seq],
        ['sig', query.mutable?.signature],
        ['target', query.target],
        ['token', query.token],
        ['v', query.value],
      ]
  }
}

function membersOf(response: Response): Members {
  const { id, nodes, token, peers, value, key, seq, signature, samples } = response
  return [
    ['id', id],
    ['interval', samples?.interval],
    ['k', key],
    ['nodes', nodes],
    ['num', samples?.count],
    ['samples', samples?.hashes],
    ['seq', seq],
    ['sig', signature],
    ['token', token],
    ['v', value],
    ['values', peers?.map(writeCompactAddress)],
  ]
}
