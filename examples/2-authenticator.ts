/**
 * A signer app for the command line: shows what an app asks for, and approves it.
 *
 *     pnpm --filter @pubky/examples authenticator "pubkyauth://…" [recovery file] [passphrase]
 */
import { readFile } from 'node:fs/promises'
import {
  Keypair,
  PubkyError,
  SigninDeepLink,
  SigninGrantDeepLink,
  SignupDeepLink,
  SignupGrantDeepLink,
} from '@pubky/sdk'
import { givenPath } from './given-path.ts'
import { useTestnet } from './testnet.ts'

const sample = new URL('sample-recovery.key', import.meta.url)
const [url = '', file, passphrase = ''] = process.argv.slice(2)
if (!url.startsWith('pubkyauth:')) {
  console.error('usage: authenticator "pubkyauth://…" [recovery file] [passphrase]')
  process.exit(2)
}

await using network = await useTestnet()
const signer = network.pubky.signer(
  Keypair.fromRecoveryFile(await readFile(file ? givenPath(file) : sample), passphrase),
)
console.log(`as ${signer.publicKey.toString()}`)
describe(url)
if (isSignup(url)) await createAccount(url)
await signer.approveAuthRequest(url)
console.log('approved')

function describe(link: string): void {
  const intent = new URL(link).hostname
  if (intent === 'signin_grant' || intent === 'signup_grant') {
    const { clientId, capabilities, approvalFormat } =
      intent === 'signin_grant' ? SigninGrantDeepLink.parse(link) : SignupGrantDeepLink.parse(link)
    console.log(`${clientId} asks for ${capabilities || 'nothing but your name'}`)
    if (approvalFormat === 'v1') console.log('and wants to read encrypted files: keys cannot be taken back')
  } else {
    const { capabilities } = intent === 'signin' ? SigninDeepLink.parse(link) : SignupDeepLink.parse(link)
    console.log(`an app asks for ${capabilities || 'nothing but your name'}`)
  }
}

function isSignup(link: string): boolean {
  return new URL(link).hostname.startsWith('signup')
}

/** An account that is there already is fine. */
async function createAccount(link: string): Promise<void> {
  const isGrant = new URL(link).hostname === 'signup_grant'
  const { homeserver, signupToken } = isGrant ? SignupGrantDeepLink.parse(link) : SignupDeepLink.parse(link)
  try {
    await signer.signup(homeserver, signupToken)
    console.log(`created an account on ${homeserver.z32()}`)
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

/** Whether the homeserver says that there is an account already. */
function isConflict(error: unknown): boolean {
  return error instanceof PubkyError && Object(error.data).statusCode === 409
}
