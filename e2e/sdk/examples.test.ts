import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client, Keypair, Pubky, PublicKey } from '@pubky/sdk'
import { startTestnet } from '@pubky/testnet'
import { describe, expect, it, vi } from 'vitest'
import { move } from '../../examples/12-move.ts'
import { useTestnet } from '../../examples/testnet.ts'

const run = promisify(execFile)
const FOLDER = fileURLToPath(new URL('../../examples/', import.meta.url))

/** Runs an example as its script does; gives what it prints. Anything but exit code 0 rejects. */
async function example(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--conditions=source', join(FOLDER, file), ...args], {
    timeout: 60_000,
  })
  return stdout
}

const EXPECTED: Record<string, RegExp> = {
  '1-signup.ts':
    /signed in as pubkyhtbqf4wzp9c1qc5r77h86shpekcqop5icognmbwyb3szhkxnh5wy\nmay do \/:rw\nlives on [a-z0-9]{52}\n/s,
  '3-storage.ts':
    /exists: true\n.*text: Hello!\n.*entry: \/pub\/storage\.example\/hello\.txt 6\nafter deleting: false\n/s,
  '4-request.ts': /200 application\/json\n\{"features":\["path-addressed-storage"/s,
  '6-check-testnet.ts': /sign up: \d+ ms\n.*sign out: \d+ ms\nthe network works\n/s,
  '7-logging.ts': /Log level set to: debug\npubky: POST http:\/\/localhost:\d+\/auth 204\nLog level set to: error\n$/s,
  '8-session-management.ts': /notes\.example may do \/pub\/notes\.example\/:rw.*notes\.example is signed out: .*401/s,
  '9-events-stream.ts': /everything so far:\n(?: {2}\d+ PUT .*\n){6}the newest first.*live.*DEL .*\/a\.txt\n$/s,
  '10-encryption.ts': /alice reads: meet at noon\nbob reads: meet at noon\nthe server has: A[A-Za-z0-9+/=]+\n$/s,
  '11-native.ts': /^no relay, no domain\n$/s,
}

describe('each example runs with one command', () => {
  for (const [file, printed] of Object.entries(EXPECTED)) {
    it(file, async () => {
      expect(await example(file)).toMatch(printed)
    })
  }

  it.each([['/pub/app.example/diary'], ['/priv/app.example/diary']] as const)(
    '12-move.ts takes everything to another homeserver, %s too',
    async (diary) => {
      const folder = await mkdtemp(join(tmpdir(), 'pubky-example-'))
      await using network = await startTestnet({ homeservers: 2 })
      try {
        const [old, other] = network.homeservers.map(({ publicKey }) => PublicKey.from(publicKey.z32()))
        const pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay.url] } }))
        const keypair = Keypair.random()
        const signer = pubky.signer(keypair)
        await signer.signup(old!)
        const { storage } = await signer.signin('app.example')
        const large = new Uint8Array(300_000).map((_, index) => index % 251)
        await storage.putBytes('/pub/app.example/ü 1%20.bin', large)
        await storage.putText('/pub/app.example/empty', '')
        await storage.putText(diary, 'mine')

        const init = { pubky, keypair, to: other!, folder: join(folder, 'files') }
        expect(await move(init)).toBe(3)
        expect(await move(init)).toBe(3)

        expect((await pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(other!.z32())
        const moved = (await signer.signin('app.example')).storage
        expect(await moved.getBytes('/pub/app.example/ü 1%20.bin')).toEqual(large)
        expect(await moved.getText('/pub/app.example/empty')).toBe('')
        expect(await moved.getText(diary)).toBe('mine')
        const statuses = await Promise.all(
          network.homeservers.map(async ({ icannUrl }) => {
            const url = `${icannUrl}/storage/${keypair.publicKey.z32()}/pub/app.example/empty`
            return (await fetch(url)).status
          }),
        )
        expect(statuses).toEqual([200, 200])
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )

  it('a testnet of their own is started where not all of the usual one answers', async () => {
    const platformFetch = globalThis.fetch
    vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
      if (new URL(url).port === '6286') return Response.json({ features: [] })
      if (/:1541[12]$/.test(new URL(url).origin)) throw new TypeError('fetch failed')
      return await platformFetch(url, init)
    })
    try {
      await using network = await useTestnet()
      expect([network.pkarrRelay, network.relay].join()).not.toMatch(/:1541[12]/)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('keygen.ts makes a file that 1-signup.ts takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pubky-example-'))
    try {
      const file = join(folder, 'my.key')
      const made = await example('keygen.ts', file, 'a passphrase')
      const key = /^(pubky[a-z0-9]{52}) is kept in /.exec(made)?.[1]
      expect(await example('1-signup.ts', file, 'a passphrase')).toContain(`signed in as ${key}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
