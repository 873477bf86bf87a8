import type { PublicKey as CryptoPublicKey } from '@pubky/crypto'
import { type ContentKeyBundle, type StoragePath, scopeCovers } from '@pubky/protocol'
import type { Client } from '../client.ts'
import { invalidInput } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import type { ClientCore } from '../http/client-core.ts'
import type { Keypair } from '../keys/keypair.ts'
import { PublicKey } from '../keys/public-key.ts'
import type { StorageContext } from '../storage/storage-context.ts'
import { checkedFolder, EncryptedFolder } from './encrypted-folder.ts'

/**
 * What one pubky shares with another out of an encrypted folder: readable, not writable (ours). That a share is there
 * proves that the owner's homeserver holds it, not who wrote it.
 */
export class SharedStorage extends Freeable {
  readonly #context: StorageContext
  readonly #folders: readonly EncryptedFolder[]
  readonly #owner: PublicKey
  readonly #path: StoragePath

  /** @internal Use `EncryptedStorage.sharedBy` or {@link SharedStorage.open}. */
  constructor(core: ClientCore, owner: CryptoPublicKey, path: StoragePath, bundles: readonly ContentKeyBundle[]) {
    super()
    this.#context = { core, credential: undefined }
    this.#owner = new PublicKey(owner)
    this.#path = path
    this.#folders = bundles.map((keys) => new EncryptedFolder(owner, path, keys))
  }

  /**
   * Opens what an owner shares with the holder of a keypair, whose app need not have enabled sharing.
   * @param folder the owner's encrypted folder, such as `/pub/notes.example/`; `InvalidInput` for what is no folder
   */
  static async open(
    client: Client,
    owner: PublicKey,
    folder: `/pub/${string}`,
    reader: Keypair,
  ): Promise<SharedStorage> {
    const { identityExchangeSecret, readShares } = await import('../later.ts')
    const context = { core: client.core, credential: undefined }
    const secrets = [identityExchangeSecret(reader)]
    const path = checkedFolder(folder)
    const bundles = await readShares(context, owner.inner, path, reader.publicKey.inner, secrets)
    return new SharedStorage(client.core, owner.inner, path, bundles)
  }

  /** Who shares. */
  get owner(): PublicKey {
    return this.#owner
  }

  /** What is shared, by names relative to the folder; those of folders end with `/`, the whole folder is `''`. */
  get names(): string[] {
    return this.#folders.flatMap(({ keys }) => keys.scopes.map((scope) => scope.slice(this.#path.length)))
  }

  async getBytes(name: string): Promise<Uint8Array> {
    const folder = this.#folderOf(name)
    const { readEncrypted } = await import('../later.ts')
    return await readEncrypted(this.#context, folder, name)
  }

  async getText(name: string): Promise<string> {
    return new TextDecoder().decode(await this.getBytes(name))
  }

  async getJson(name: string): Promise<unknown> {
    const folder = this.#folderOf(name)
    const { readEncryptedJson } = await import('../later.ts')
    return await readEncryptedJson(this.#context, folder, name)
  }

  /** Decrypts a file of any size while it arrives. */
  async download(name: string): Promise<ReadableStream<Uint8Array>> {
    const folder = this.#folderOf(name)
    const { streamEncrypted } = await import('../later.ts')
    return await streamEncrypted(this.#context, folder, name)
  }

  /** Overwrites the keys. */
  override free(): void {
    for (const { keys } of this.#folders) keys.wipe()
  }

  #folderOf(name: string): EncryptedFolder {
    for (const folder of this.#folders) {
      const { path } = folder.resource(name)
      if (folder.keys.scopes.some((scope) => scopeCovers(scope, path))) return folder
    }
    throw invalidInput(`${this.#owner.toString()} does not share ${JSON.stringify(name)}`)
  }
}
