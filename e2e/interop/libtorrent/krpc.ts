import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { on } from 'node:events'
import { type BencodeDict, decode, type Encodable, encode } from '@pubky/dht'

/** Asks a node of 127.0.0.1 one question in plain KRPC, for what our own client would not send; returns the answer. */
export async function askRaw(port: number, method: string, args: Record<string, Encodable>): Promise<BencodeDict> {
  const socket = createSocket('udp4')
  try {
    const query = new Map<string, Encodable>([
      ['t', 'test'],
      ['y', 'q'],
      ['q', method],
      ['a', new Map<string, Encodable>([['id', randomBytes(20)], ...Object.entries(args)])],
    ])
    socket.send(encode(query), port, '127.0.0.1')
    const messages = on(socket, 'message', { signal: AbortSignal.timeout(5_000) })
    for await (const [datagram] of messages) {
      const answer = decode(datagram)
      // The node may ask something itself first, to see whether we live.
      if (answer instanceof Map && isAnswer(answer)) return answer
    }
    throw new Error('no answer')
  } finally {
    socket.close()
  }
}

function isAnswer(message: BencodeDict): boolean {
  const type = message.get('y')
  return type instanceof Uint8Array && Buffer.from(type).toString() !== 'q'
}
