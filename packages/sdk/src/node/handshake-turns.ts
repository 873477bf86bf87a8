import type { Connector } from '@pubky/tls'

/** Handshakes at once with one server: a burst of requests would begin more than a server takes from one address. */
export const MAX_HANDSHAKES = 32

interface Turns {
  running: number
  readonly waiting: (() => void)[]
}

/** A connector whose handshakes with one server take turns. `serverOf` names the server that serves a host. */
export function inTurns(connect: Connector, serverOf: (hostname: string) => Promise<string>): Connector {
  const servers = new Map<string, Turns>()
  return (options, callback) => {
    const take = (server: string): void => {
      const turns = servers.get(server) ?? { running: 0, waiting: [] }
      servers.set(server, turns)
      const begin = (): void => {
        turns.running += 1
        connect(options, (...outcome) => {
          turns.running -= 1
          const next = turns.waiting.shift()
          if (next !== undefined) next()
          else if (turns.running === 0) servers.delete(server)
          callback(...outcome)
        })
      }
      if (turns.running < MAX_HANDSHAKES) begin()
      else turns.waiting.push(begin)
    }
    serverOf(options.hostname ?? options.host ?? '').then(take, (error: Error) => callback(error, null))
  }
}
