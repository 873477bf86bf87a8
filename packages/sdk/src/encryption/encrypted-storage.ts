import { x25519PublicKey } from '@pubky/crypto'
import type { StoragePath } from '@pubky/protocol'
import { clientStateError } from '../errors/client-state.ts'
import { invalidInput } from '../errors/create.ts'
import { Freeable } from '../freeable.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Session } from '../session/session.ts'
import { jsonText } from '../storage/json-body.ts'
import type { TransferProgress } from '../storage/progress.ts'
import type { StorageContext } from '../storage/storage-context.ts'
import { copiedBytes, textBytes } from '../storage/text-bytes.ts'
import { deleteFile, putFile } from '../storage/write.ts'
import type { Path } from '../types.ts'
import { checkedFolder, covered, EncryptedFolder } from './encrypted-folder.ts'
import type { ScopedEncryptionKeys } from './scoped-encryption-keys.ts'
import { SharedStorage } from './shared-storage.ts'
import { sharingKeyFingerprint, sharingSecret } from './sharing-secret.ts'

/** Options of `EncryptedStorage.upload`. */
export interface EncryptedUploadOptions {
  readonly onProgress?: (progress: TransferProgress) => void
  readonly signal?: AbortSignal
}

/**
 * A folder whose files the server only sees as opaque bytes (ours, on the official content keys). Each file is
 * encrypted with the key of its own path, a random nonce, and owner and path bound to it: a file that was moved,
 * altered or encrypted with another key fails with an `AuthenticationError` whose `data.code` says so. The server still
 * sees names, sizes and times; in `/pub/` so does everybody.
 */
export class EncryptedStorage extends Freeable {
  readonly #context: StorageContext
  readonly #folder: EncryptedFolder

  private constructor(context: StorageContext, folder: EncryptedFolder) {
    super()
    this.#context = context
    this.#folder = folder
  }

  /**
   * Opens a folder of a signed-in user.
   * @param folder absolute, ends with `/`, such as `/priv/notes.example/`
   * @param keys those of the session (ask for `e`, `approvalFormat: 'v1'`) when absent; a program that holds the user's
   * keypair makes them by `ScopedEncryptionKeys.fromKeypair`
   * Throws `ClientStateError` for a session without keys, `InvalidInput` for a folder they do not cover.
   */
  static open(session: Session, folder: Path, keys?: ScopedEncryptionKeys): EncryptedStorage {
    const { client, credential } = session
    const held = keys ?? (credential.kind === 'grant' ? credential.approval?.keys : undefined)
    if (held === undefined || held.scopes.length === 0) {
      throw clientStateError(
        'This session has no encryption keys: the user did not approve any, or they were not asked for.',
      )
    }
    // Keys of its own, which end with it; keys that do not cover the folder fail here rather than at the first file.
    const keysOfFolder = covered(() => held.bundle.narrowedTo(checkedFolder(folder)))
    return new EncryptedStorage(
      { core: client.core, credential },
      new EncryptedFolder(credential.user, folder, keysOfFolder),
    )
  }

  /** The folder's absolute path. */
  get folder(): string {
    return this.#folder.path
  }

  /**
   * Encrypts and stores bytes as one piece, replacing what is there; for large files, which readers may want to stream, see
   * {@link upload}.
   * @param name relative to the folder, such as `a.txt` or `2026/a.txt`
   */
  async putBytes(name: string, body: Uint8Array): Promise<void> {
    const resource = this.#folder.resource(name)
    const key = this.#folder.key(resource)
    const plaintext = copiedBytes(body)
    const { sealFile } = await import('../later.ts')
    const sealed = sealFile(key, this.#folder.identity(resource), plaintext)
    await putFile(this.#context, resource, { body: sealed })
  }

  /** Encrypts and stores a text. */
  async putText(name: string, body: string): Promise<void> {
    await this.putBytes(name, textBytes(body))
  }

  /** Encrypts and stores a value as JSON. */
  async putJson(name: string, body: unknown): Promise<void> {
    await this.putText(name, jsonText(body))
  }

  /** Reads and decrypts a file. Rejects with `RequestError` 404, or `AuthenticationError` when it does not open. */
  async getBytes(name: string): Promise<Uint8Array> {
    const { readEncrypted } = await import('../later.ts')
    return await readEncrypted(this.#context, this.#folder, name)
  }

  /** As {@link getBytes}, as text. */
  async getText(name: string): Promise<string> {
    return new TextDecoder().decode(await this.getBytes(name))
  }

  /** As {@link getBytes}, parsed as JSON. */
  async getJson(name: string): Promise<unknown> {
    const { readEncryptedJson } = await import('../later.ts')
    return await readEncryptedJson(this.#context, this.#folder, name)
  }

  /** Encrypts a file of any size while it is sent. */
  async upload(
    name: string,
    body: Uint8Array | Blob | ReadableStream<Uint8Array>,
    options: EncryptedUploadOptions = {},
  ): Promise<void> {
    const resource = this.#folder.resource(name)
    const length = body instanceof Blob ? body.size : body instanceof Uint8Array ? body.length : undefined
    const plaintext = body instanceof ReadableStream ? body : new Blob([body as BlobPart]).stream()
    const key = this.#folder.key(resource)
    const { sealedStreamLength, sealStream, uploadFile } = await import('../later.ts')
    const sealed = plaintext.pipeThrough(sealStream(key, this.#folder.identity(resource)))
    const contentLength = length === undefined ? {} : { contentLength: sealedStreamLength(length) }
    await uploadFile(this.#context, resource, sealed, { ...options, ...contentLength })
  }

  /**
   * Decrypts a file of any size while it arrives; the stream fails at the first piece that is not as it was written. What
   * `putBytes`, `putText` or `putJson` wrote is one piece: it is read as a whole before anything comes out.
   */
  async download(name: string): Promise<ReadableStream<Uint8Array>> {
    const { streamEncrypted } = await import('../later.ts')
    return await streamEncrypted(this.#context, this.#folder, name)
  }

  /** All names in the folder, at any depth, in order. Rejects with `RequestError` 404 while there are none. */
  async list(): Promise<string[]> {
    const { listEncrypted } = await import('../later.ts')
    return await listEncrypted(this.#context, this.#folder)
  }

  /** Whether there is such a file, without decrypting it. */
  async exists(name: string): Promise<boolean> {
    const { encryptedExists } = await import('../later.ts')
    return await encryptedExists(this.#context, this.#folder, name)
  }

  /** Deletes a file. */
  async delete(name: string): Promise<void> {
    await deleteFile(this.#context, this.#folder.resource(name))
  }

  /**
   * Makes this user's app reachable for those who want to share in the same folder of theirs. Once per folder; needs a
   * folder below `/pub/`. Rejects with `ClientStateError` where this folder, or one around it, was shared as a whole: its key
   * would open what others share here.
   */
  async enableSharing(): Promise<void> {
    this.#requirePublic()
    const { publishSharingKey } = await import('../later.ts')
    await publishSharingKey(this.#context, this.#folder)
  }

  /**
   * Lets another pubky read one file, or a folder with everything that is or will be in it.
   *
   * The key is sealed to the recipient's identity, and to the app of the recipient if that has enabled sharing in the
   * same folder. `app` tells whether it had: if not, only a program with the recipient's keypair can open the share.
   * Rejects with `ClientStateError` for a folder in which this user has enabled sharing: share what is in it.
   * @param name relative to the folder; ends with `/` for a folder, `''` for this one
   */
  async share(name: string, recipient: PublicKey): Promise<{ readonly app: boolean }> {
    this.#requirePublic()
    const { fetchSharingKey, identityExchangeKey, writeShare } = await import('../later.ts')
    const appKey = await fetchSharingKey(this.#context, recipient.inner, this.#folder.path)
    const keys = [identityExchangeKey(recipient), ...(appKey === undefined ? [] : [appKey])]
    await writeShare(this.#context, this.#folder, this.#scope(name), recipient.inner, keys)
    return { app: appKey !== undefined }
  }

  /**
   * Removes a share, so that it is not found any more. A recipient who has the key already can still read what lies
   * there, now and later: to end that, write it under another name.
   */
  async unshare(name: string, recipient: PublicKey): Promise<void> {
    const scope = this.#scope(name)
    const { deleteShare } = await import('../later.ts')
    await deleteShare(this.#context, this.#folder, scope, recipient.inner)
  }

  /** What another pubky shares with this user in the same folder; without names while it is nothing. */
  async sharedBy(owner: PublicKey): Promise<SharedStorage> {
    const { path, owner: reader } = this.#folder
    const { readShares } = await import('../later.ts')
    const secrets = [sharingSecret(this.#folder)]
    const bundles = await readShares(this.#context, owner.inner, path, reader, secrets)
    return new SharedStorage(this.#context.core, owner.inner, path, bundles)
  }

  /**
   * Short text of the key that others seal to, to compare with what they see by {@link sharingFingerprintOf}: a
   * homeserver that lies could put its own key in between.
   */
  get sharingFingerprint(): string {
    return sharingKeyFingerprint(x25519PublicKey(sharingSecret(this.#folder)))
  }

  /** The fingerprint of another pubky's sharing key as its homeserver shows it; undefined without one. */
  async sharingFingerprintOf(user: PublicKey): Promise<string | undefined> {
    const { fetchSharingKey } = await import('../later.ts')
    const key = await fetchSharingKey(this.#context, user.inner, this.#folder.path)
    return key && sharingKeyFingerprint(key)
  }

  /** Overwrites this folder's keys: nothing can be read or written here afterwards. Those of the session stay. */
  override free(): void {
    this.#folder.keys.wipe()
  }

  #scope(name: string): StoragePath {
    return name === '' ? this.#folder.path : this.#folder.resource(name).path
  }

  #requirePublic(): void {
    if (this.#folder.path.startsWith('/pub/')) return
    throw invalidInput(
      `only folders below /pub/ can be shared: nobody else can fetch what lies in ${this.#folder.path}`,
    )
  }
}
