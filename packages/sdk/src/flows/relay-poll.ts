import { readBounded } from '@pubky/pkarr'
import { type GrantChannel, relayChannelId, relayChannelUrl, relayKind } from '@pubky/protocol'
import { authenticationError, internalError, messageOf } from '../errors/create.ts'
import { responseError } from '../errors/response-error.ts'
import { backoffDelay } from '../http/backoff.ts'
import type { ClientCore } from '../http/client-core.ts'
import { discard } from '../http/discard.ts'
import { failureKind } from '../http/send-failure.ts'
import { sleep } from '../http/sleep.ts'
import { log } from '../log.ts'

/** Where a flow waits for its answer. */
export interface RelayLink {
  /** Base URL. */
  readonly relay: string
  readonly channel: GrantChannel
}

/** Largest relay answer that is read (spec 05 §11.4). */
const MAX_RELAY_ANSWER_BYTES = 1_048_576

/** Failures in a row (inbox) or in all (link) that end the wait. */
const MAX_FAILURES = 3
/** Steps of backing off that are left out: a relay that restarts, or a phone that changes networks, needs a second or two. */
const PATIENCE = 2
/** Pause before asking again for a message that was not meant for this flow. */
const STRANGE_MESSAGE_DELAY_MS = 1_000

/**
 * Waits on a relay channel for the first message that `open` accepts (spec 05 §11.4). `open` answers undefined for a
 * message that was not made for this flow: it stays where it is, since the real one will replace it, and the wait goes
 * on; whatever `open` throws ends the wait. Rejects with the third failure of the relay.
 */
export async function pollRelay<T extends object>(
  core: ClientCore,
  link: RelayLink,
  open: (message: Uint8Array) => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  const channel = channelOf(link)
  let failures = 0
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask(core, channel, signal)
    if (answer instanceof Error) {
      failures += 1
      if (failures >= MAX_FAILURES) throw answer
      await sleep(backoffDelay(failures + PATIENCE), signal)
      continue
    }
    if (channel.kind === 'inbox') failures = 0
    if (answer === 'nothing yet') continue
    const opened = await open(answer)
    if (opened !== undefined) return opened
    log('warn', 'ignored a relay message that was not made for this flow')
    await sleep(STRANGE_MESSAGE_DELAY_MS, signal)
  }
}

/** Tells an inbox that its message was used; failures are only logged. A link needs no word. */
export async function acknowledge(core: ClientCore, link: RelayLink): Promise<void> {
  const channel = channelOf(link)
  if (channel.kind === 'link') return
  try {
    const response = await core.send({ method: 'DELETE', url: channel.url })
    await discard(response)
  } catch (thrown) {
    log('warn', `could not acknowledge a relay message: ${messageOf(thrown)}`)
  }
}

/** A channel of a relay, which hands its message over in one of two ways (document 06). */
interface Channel {
  /** Relay base, channel id and all. */
  readonly url: string
  readonly kind: ReturnType<typeof relayKind>
}

function channelOf({ relay, channel }: RelayLink): Channel {
  return { url: relayChannelUrl(relay, relayChannelId(channel)), kind: relayKind(relay) }
}

/** The message; or that the relay has none yet; or what went wrong. */
async function ask(
  core: ClientCore,
  channel: Channel,
  signal: AbortSignal,
): Promise<Uint8Array | 'nothing yet' | Error> {
  try {
    const response = await core.send({ method: 'GET', url: channel.url, signal })
    if (response.status === 408 && channel.kind === 'inbox') {
      await discard(response)
      return 'nothing yet'
    }
    if (!response.ok) return await responseError(response, core.maxErrorBodyBytes)
    const body = await readBounded(response, MAX_RELAY_ANSWER_BYTES)
    if (body !== undefined) return body
  } catch (thrown) {
    signal.throwIfAborted()
    // How long the platform has patience (Node: five minutes) says nothing about the relay.
    if (failureKind(thrown) === 'timeout') return 'nothing yet'
    return thrown instanceof Error ? thrown : internalError(String(thrown))
  }
  throw authenticationError(`Auth relay response exceeds the ${MAX_RELAY_ANSWER_BYTES}-byte limit`)
}
