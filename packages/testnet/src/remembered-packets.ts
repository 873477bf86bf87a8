import { readFile, rename, writeFile } from 'node:fs/promises'
import type { PublicKey } from '@pubky/crypto'
import { PkarrError, packetFromBytes, type SignedPacket, type Transport } from '@pubky/pkarr'

/** A change is on the disk this long after it was made, at the latest. */
const WRITE_DELAY_MS = 1_000

export interface RememberedPacketsInit {
  readonly file: string
  readonly inner: Transport
  /** The file could not be written. */
  readonly onError: (error: unknown) => void
}

/**
 * A transport that remembers in a file what was published and found through it, and publishes it again after a restart:
 * the nodes of a testnet keep nothing, and a network whose users cannot be resolved any more has lost them.
 */
export class RememberedPackets implements AsyncDisposable {
  readonly #file: string
  readonly #inner: Transport
  readonly #onError: (error: unknown) => void
  readonly #packets = new Map<string, SignedPacket>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(components: RememberedPacketsInit) {
    this.#file = components.file
    this.#inner = components.inner
    this.#onError = components.onError
  }

  /** Reads the file, if there is one, and publishes what is in it. @throws {PkarrError} when that does not work */
  static async open(init: RememberedPacketsInit): Promise<RememberedPackets> {
    const remembered = new RememberedPackets(init)
    const { signal } = new AbortController()
    for (const packet of await readPackets(init.file)) {
      remembered.#packets.set(packet.publicKey.z32(), packet)
      await init.inner.publish(packet, { signal })
    }
    return remembered
  }

  /** `inner`, with a memory. */
  get transport(): Transport {
    const { name } = this.#inner
    return {
      name,
      resolve: (key, query) => this.#resolve(key, query),
      publish: async (packet, options) => {
        const receipt = await this.#inner.publish(packet, options)
        this.#remember(packet)
        return receipt
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== undefined) this.#write()
    await this.#writing
  }

  async *#resolve(key: PublicKey, query: Parameters<Transport['resolve']>[1]): ReturnType<Transport['resolve']> {
    for await (const answer of this.#inner.resolve(key, query)) {
      if (answer.kind === 'packet') this.#remember(answer.packet)
      yield answer
    }
  }

  #remember(packet: SignedPacket): void {
    const key = packet.publicKey.z32()
    const known = this.#packets.get(key)
    if (known !== undefined && !packet.isMoreRecentThan(known)) return
    this.#packets.set(key, packet)
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = [...this.#packets.values()].map((packet) => Buffer.from(packet.bytes()).toString('base64'))
    const replaceFile = async (): Promise<void> => {
      await writeFile(`${this.#file}.new`, lines.join('\n'))
      await rename(`${this.#file}.new`, this.#file)
    }
    this.#writing = this.#writing.then(replaceFile).catch(this.#onError)
  }
}

/** Packets of an earlier run; lines that are none are skipped. */
async function readPackets(file: string): Promise<readonly SignedPacket[]> {
  let text: string
  try {
    text = await readFile(file, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [packetFromBytes(Buffer.from(line, 'base64'))]
    } catch (error) {
      if (error instanceof PkarrError) return []
      throw error
    }
  })
}
