import { PublicKey } from '@pubky/crypto'
import { connect } from '@pubky/tls'

/** One GET over PubkyTLS, to the server that holds `pubky`. */
export async function get(
  address: { readonly host: string; readonly port: number },
  pubky: string,
  path: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const socket = await connect({ ...address, serverKey: PublicKey.parse(pubky) })
  // Not ended: the official server drops a request whose sender ends before the answer, now and then (item 264).
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${pubky}\r\nConnection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const answer = Buffer.concat(chunks).toString('utf8')
  const body = answer.indexOf('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), text: answer.slice(body + 4) }
}
