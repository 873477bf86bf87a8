/**
 * Takes everything that a user has to another homeserver:
 *
 *     pnpm --filter @pubky/examples move <recovery file> <passphrase> <key of the new homeserver> [invitation] [--testnet]
 */
import { openAsBlob } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Keypair, type Path, type Pubky, PubkyError, PublicKey, type Session, type SessionStorage } from '@pubky/sdk'
import { Pubky as NativePubky } from '@pubky/sdk/node'
import { givenPath } from './given-path.ts'

const APP = 'move.example'
const INDEX = 'index.json'

/**
 * First copies all files into `folder`, then opens the account on `to`, which is where the user's record points from then
 * on, then stores the files there. What breaks off can be called again. The old account stays as it was.
 *
 * @returns how many files were stored
 */
export async function move(init: {
  readonly pubky: Pubky
  readonly keypair: Keypair
  readonly to: PublicKey
  readonly invitation?: string | undefined
  readonly folder: string
}): Promise<number> {
  const { pubky, keypair, to, invitation, folder } = init
  const signer = pubky.signer(keypair)
  const from = await pubky.getHomeserverOf(keypair.publicKey)
  if (from?.z32() !== to.z32()) {
    await download(await signer.signin(APP), folder)
    await signer.signup(to, invitation)
  }
  return await upload(await signer.signin(APP), folder)
}

async function download({ storage }: Session, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const paths: string[] = []
  for (const root of ['/pub/', '/priv/'] as const) {
    for (const path of await pathsBelow(storage, root)) {
      const { body } = await storage.download(path)
      await writeFile(join(folder, String(paths.length)), body ?? '')
      paths.push(path)
    }
  }
  await writeFile(join(folder, INDEX), JSON.stringify(paths))
}

/** A folder without files does not exist: 404. */
async function pathsBelow(storage: SessionStorage, folder: Path): Promise<readonly Path[]> {
  const paths: Path[] = []
  try {
    for await (const { path } of storage.entries(folder)) if (isPath(path)) paths.push(path)
  } catch (error) {
    if (!(error instanceof PubkyError) || Object(error.data).statusCode !== 404) throw error
  }
  return paths
}

async function upload({ storage }: Session, folder: string): Promise<number> {
  const paths: string[] = JSON.parse(await readFile(join(folder, INDEX), 'utf8'))
  for (const [number, path] of paths.entries()) {
    if (isPath(path)) await storage.upload(path, await openAsBlob(join(folder, String(number))))
  }
  return paths.length
}

function isPath(path: string): path is Path {
  return path.startsWith('/pub/') || path.startsWith('/priv/')
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { testnet: { type: 'boolean' } }, allowPositionals: true })
  const [file, passphrase, homeserver, invitation] = positionals
  if (file === undefined || passphrase === undefined || homeserver === undefined) {
    console.error('usage: move <recovery file> <passphrase> <key of the new homeserver> [invitation] [--testnet]')
    process.exit(2)
  }
  const keypair = Keypair.fromRecoveryFile(await readFile(givenPath(file)), passphrase)
  const folder = givenPath(`${file}.files`)
  await using pubky = values.testnet ? NativePubky.testnet() : new NativePubky()
  const count = await move({ pubky, keypair, to: PublicKey.from(homeserver), invitation, folder })
  console.log(`${count} files are on ${homeserver} now. Apps must sign in again.`)
  console.log(`A copy is in ${folder}, private files in the clear: delete it when all is well.`)
}
