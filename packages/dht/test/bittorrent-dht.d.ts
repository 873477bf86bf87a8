/** The part of npm `bittorrent-dht` 11 that our tests use; the package has no types of its own. */
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events'

  interface Item {
    readonly k: Buffer
    readonly v: Buffer
    readonly seq: number
    readonly salt?: Buffer
    readonly cas?: number
    readonly sign: (message: Buffer) => Buffer
  }

  interface Found {
    readonly v: Buffer
    readonly k?: Buffer
    readonly seq?: number
  }

  export class Client extends EventEmitter {
    constructor(options: {
      readonly bootstrap: readonly string[] | false
      readonly host?: string
      readonly verify?: (signature: Buffer, message: Buffer, key: Buffer) => boolean
    })
    listen(port: number, host: string, done: () => void): void
    address(): { readonly port: number }
    put(item: Item | { readonly v: Buffer }, done: (error: Error | null, key: Buffer, stored: number) => void): void
    get(
      key: Buffer,
      options: { readonly salt?: Buffer; readonly cache?: boolean },
      done: (error: Error | null, found: Found | null) => void,
    ): void
    announce(infoHash: Buffer, port: number, done: (error: Error | null) => void): void
    lookup(infoHash: Buffer, done: (error: Error | null, stored: number) => void): void
    addNode(node: { readonly host: string; readonly port: number }): void
    destroy(done: () => void): void
  }

  export default Client
}
