/** Makes a key, and a recovery file to keep it in: `pnpm --filter @pubky/examples keygen my.key "a passphrase"` */
import { writeFile } from 'node:fs/promises'
import { Keypair } from '@pubky/sdk'
import { givenPath } from './given-path.ts'

const [name = 'recovery.key', passphrase = ''] = process.argv.slice(2)
const file = givenPath(name)
const keypair = Keypair.random()
await writeFile(file, keypair.createRecoveryFile(passphrase), { mode: 0o600 })
console.log(`${keypair.publicKey.toString()} is kept in ${file}`)
