import { connect, createServer, type Server, type Socket } from 'node:net'

/** Passes connections on to a server, until it is told to swallow an answer and cut the line. */
export class CuttingProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: URL
  #armed: string | undefined

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((client) => this.#join(client))
  }

  /** @param url of the database behind it */
  static async start(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(url))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** Address of the database through the proxy. */
  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const url = new URL(this.#target)
    url.port = String(address.port)
    return url.href
  }

  /** The next request with that text reaches the server, its answer does not come back: the connection ends instead. */
  swallowAnswerTo(text: string): void {
    this.#armed = text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname)
    let isDoomed = false
    client.on('data', (bytes) => {
      if (this.#armed !== undefined && bytes.includes(this.#armed)) {
        this.#armed = undefined
        isDoomed = true
      }
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (isDoomed) client.destroy()
      else client.write(bytes)
    })
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
  }
}
