import { readFile, rename, writeFile } from 'node:fs/promises'
import { DhtError, DhtNode, type DhtNodeInfo, type DhtNodeInit, type NodeAddress } from '@pubky/dht'
import type { Transport } from '@pubky/pkarr'
import { type DhtLookupReport, dhtTransport } from '@pubky/pkarr/dht'
import { type Logger, ServerKitError } from '@pubky/server-kit'

/** The DHT as a relay sees it. */
export interface RelayNetwork {
  readonly transport: Transport
  /** State of the DHT node, for the status page and metrics; `undefined` when there is no node. */
  info(): DhtNodeInfo | undefined
}

/** How often the nodes we know are written down, so that a restart does not depend on bootstrap nodes. */
const SAVE_INTERVAL_MS = 10 * 60_000
const MAX_SAVED_NODES = 200

/**
 * A node that somebody else owns, as the network of a relay. Unusual reports go to the log (spec 04 §2.9).
 *
 * @param expectations what a healthy network gives; a test network is smaller than the real one
 */
export function dhtNetwork(node: DhtNode, log: Logger, expectations = MAINNET): RelayNetwork {
  const transport = dhtTransport(node, {
    onLookup: (key, report) => {
      const doubts = doubtsAbout(report, expectations)
      if (doubts.length > 0) log.warn({ key: key.z32(), ...report }, `DHT lookup: ${doubts.join(', ')}`)
    },
    onPut: (key, storedNodes) => {
      if (storedNodes >= expectations.stored) return
      log.warn({ key: key.z32(), storedNodes }, `DHT put: stored on fewer than ${expectations.stored} nodes`)
    },
  })
  return { transport, info: () => node.info() }
}

/** Nodes below which an operation is remarkable. */
export interface NetworkExpectations {
  readonly stored: number
  readonly queried: number
  readonly responded: number
  readonly usable: number
  /** Whether malformed answers and errors are. */
  readonly errors: boolean
}

/** Mainline. */
export const MAINNET: NetworkExpectations = { stored: 10, queried: 20, responded: 5, usable: 3, errors: true }
/** A few nodes on one machine. */
export const TESTNET: NetworkExpectations = { stored: 1, queried: 1, responded: 1, usable: 1, errors: false }

/** A node of one's own with the addresses of other nodes kept in a file. */
export interface OwnNetwork extends RelayNetwork, AsyncDisposable {}

/**
 * Starts a DHT node.
 *
 * @param file where known nodes are kept, if anywhere
 * @throws {ServerKitError} `port-taken` or `config`
 */
export async function openNetwork(init: {
  readonly mainline: DhtNodeInit
  readonly log: Logger
  readonly file?: string | undefined
}): Promise<OwnNetwork> {
  const { mainline, log, file } = init
  const knownNodes = file === undefined ? [] : await readNodes(file)
  let node: DhtNode
  try {
    node = await DhtNode.create({ ...mainline, knownNodes: [...(mainline.knownNodes ?? []), ...knownNodes] })
  } catch (error) {
    if (!(error instanceof DhtError)) throw error
    if (error.code !== 'bind-failed') throw new ServerKitError('config', `mainline: ${error.message}`, { cause: error })
    const message = `the DHT node cannot use UDP port ${mainline.port}: stop the program that has it, or choose another port with mainline.port`
    throw new ServerKitError('port-taken', message, { cause: error })
  }
  const save = async () => {
    if (file === undefined) return
    try {
      await writeNodes(file, node.contacts().slice(0, MAX_SAVED_NODES))
    } catch (error) {
      log.warn({ err: error }, 'The addresses of known DHT nodes could not be written')
    }
  }
  const timer = setInterval(() => void save(), SAVE_INTERVAL_MS)
  return {
    ...dhtNetwork(node, log),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await save()
      await node[Symbol.asyncDispose]()
    },
  }
}

function doubtsAbout(report: DhtLookupReport, expected: NetworkExpectations): string[] {
  const usable = report.values + report.noValues + report.noMoreRecent
  const malformed = report.invalidResponses + report.invalidValues
  const responded = usable + malformed + report.errors
  return [
    ...(report.queried < expected.queried ? ['few nodes queried'] : []),
    ...(responded < expected.responded ? ['few answers'] : []),
    ...(usable < expected.usable ? ['few usable answers'] : []),
    ...(expected.errors && malformed > 0 ? ['malformed answers'] : []),
    ...(expected.errors && report.errors > 0 ? ['errors'] : []),
  ]
}

/** Addresses from an earlier run; a file that is missing or damaged holds none. */
async function readNodes(file: string): Promise<NodeAddress[]> {
  try {
    const list: unknown = JSON.parse(await readFile(file, 'utf8'))
    return Array.isArray(list) ? list.filter(isAddress).slice(0, MAX_SAVED_NODES) : []
  } catch {
    return []
  }
}

async function writeNodes(file: string, nodes: readonly NodeAddress[]): Promise<void> {
  if (nodes.length === 0) return
  const temporary = `${file}.new`
  await writeFile(temporary, JSON.stringify(nodes.map(({ host, port }) => ({ host, port }))))
  await rename(temporary, file)
}

function isAddress(value: unknown): value is NodeAddress {
  if (typeof value !== 'object' || value === null) return false
  const { host, port }: { host?: unknown; port?: unknown } = value
  const isHost = typeof host === 'string' && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(host)
  return isHost && typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536
}
