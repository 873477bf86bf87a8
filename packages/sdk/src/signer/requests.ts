import type { Keypair } from '@pubky/crypto'
import { type DeepLink, parseDeepLink } from '@pubky/protocol'
import type { Client } from '../client.ts'
import { authenticationError, messageOf } from '../errors/create.ts'
import { findPresentHomeserver } from '../pkdns/find-homeserver.ts'
import type { Capabilities } from '../types.ts'
import { checkedCapabilities } from '../validate-capabilities.ts'
import { type ApprovableLink, approve } from './approve.ts'
import { signup } from './signup.ts'

/**
 * Approves everything an app asks for; for a sign-up link of a user without a homeserver, creates the account first. Throws
 * `PkarrError` when it cannot be told whether the user has one: a link must not move an account.
 */
export async function approveRequest(client: Client, user: Keypair, url: string): Promise<void> {
  await approveAll(client, user, approvable(parseRequest(url)))
}

/** Approves a part of what an app asks for. */
export async function approveRequestInPart(
  client: Client,
  user: Keypair,
  url: string,
  capabilities: Capabilities,
): Promise<void> {
  await approve(client, user, approvable(parseRequest(url)), checkedCapabilities(capabilities))
}

/** Does what a link asks for: creates an account for a direct sign-up link, approves the others. */
export async function handleRequest(client: Client, user: Keypair, url: string): Promise<void> {
  const link = parseRequest(url)
  if (link.intent !== 'direct_signup') return await approveAll(client, user, approvable(link))
  await signup(client, { user, homeserver: link.homeserver, signupToken: link.signupToken })
}

async function approveAll(client: Client, user: Keypair, link: ApprovableLink): Promise<void> {
  if (link.intent === 'signup' || link.intent === 'signup_grant') {
    if ((await findPresentHomeserver(client, user.publicKey)) === undefined) {
      await signup(client, { user, homeserver: link.homeserver, signupToken: link.signupToken })
    }
  }
  await approve(client, user, link, link.capabilities)
}

function approvable(link: DeepLink): ApprovableLink {
  if (link.intent === 'direct_signup') {
    throw authenticationError('direct signup links are not approved; use handleDeepLink (handle_deeplink)')
  }
  if (link.intent === 'secret_export') throw authenticationError('seed export links cannot be approved')
  return link
}

function parseRequest(url: string): DeepLink {
  try {
    return parseDeepLink(url)
  } catch (cause) {
    throw authenticationError(`invalid pubkyauth URL: ${messageOf(cause)}`, cause)
  }
}
