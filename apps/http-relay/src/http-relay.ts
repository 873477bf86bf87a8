import { type HttpServer, silentLogger, startHttpServer } from '@pubky/server-kit'
import { noArchive } from './archive.ts'
import { Doors } from './doors.ts'
import { AddressLimits } from './limits.ts'
import { createListener } from './listener.ts'
import { Mailbox } from './mailbox.ts'
import { CLEANUP_INTERVAL_MS, DEFAULTS, DRAIN_MS, type HttpRelayInit } from './settings.ts'
import { openSqliteArchive } from './sqlite-archive.ts'

/** A relay that listens. */
export interface HttpRelay extends AsyncDisposable {
  /** `http://host:port`; clients append `/inbox` or `/link`. */
  readonly url: string
  readonly port: number
  /** Each bound address as `ip:port` or `[ip]:port`. */
  readonly addresses: readonly string[]
  /** Entries that are held, acknowledged ones included. */
  readonly entryCount: number
  /** Requests that wait. */
  readonly waiterCount: number
  /** Ends waits, lets answers on their way finish for up to a second, and closes. Stopping twice is fine. */
  stop(): Promise<void>
}

/**
 * Starts an HTTP relay (spec 06 Part A): the mailbox that carries sign-in messages between two devices.
 *
 * @throws ServerKitError `port-taken` or `listen` for the socket, `config` for the message file, `network` for a proxy network
 */
export async function createHttpRelay(init: HttpRelayInit = {}): Promise<HttpRelay> {
  const settings = { ...DEFAULTS, ...init }
  const { log = silentLogger(), now = Date.now, trustedProxies = [], cors = {} } = init
  const { postQuota, maxWaitsPerAddress: maxWaits } = settings
  const limits = new AddressLimits({ postQuota: postQuota || undefined, maxWaits, trustedProxies })
  const archive = init.persistDb === undefined ? noArchive : openSqliteArchive(init.persistDb)
  const onArchiveError = (error: unknown): void => log.error({ err: error }, 'The message file could not be written')
  const mailbox = new Mailbox({ archive, maxEntries: settings.maxEntries, now, onArchiveError })
  const listener = createListener({
    doors: new Doors({ mailbox, durations: settings, onStoreError: onArchiveError }),
    limits,
    cors: cors === false ? undefined : cors,
    maxBodyBytes: settings.maxBodyBytes,
    minIdBytes: settings.minIdBytes,
    onError: (error) => log.error({ err: error }, 'A request failed'),
  })
  let server: HttpServer
  try {
    const { host, port, portOption, maxConnections } = settings
    server = await startHttpServer({ name: 'HTTP relay', listener, host, port, portOption, limits: { maxConnections } })
  } catch (error) {
    await archive.close()
    throw error
  }
  const cleanup = setInterval(() => mailbox.removeExpired(), CLEANUP_INTERVAL_MS)

  const shutDown = async (): Promise<void> => {
    clearInterval(cleanup)
    mailbox.stopWaiting()
    await server.stop(DRAIN_MS)
    await archive.close()
    log.info('Stopped')
  }
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= shutDown()
    return stopped
  }
  return {
    url: server.url,
    port: server.port,
    addresses: server.addresses,
    get entryCount() {
      return mailbox.size
    },
    get waiterCount() {
      return mailbox.waiting
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
