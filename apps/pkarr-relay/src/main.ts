import { DhtNode, DhtTestnet } from '@pubky/dht'
import { createLogger, runProgram } from '@pubky/server-kit'
import { dhtNetwork, TESTNET } from './network.ts'
import { createPkarrRelay } from './pkarr-relay.ts'
import { commandLine, readSettings } from './program-settings.ts'

/** Nodes of the DHT that `--testnet` runs, as the official program does. */
const TESTNET_NODES = 10

await runProgram({
  commandLine,
  async start(options) {
    await using stack = new AsyncDisposableStack()
    const settings = await readSettings(options)
    const log = createLogger({ name: commandLine.name, level: settings.logLevel, format: settings.logFormat })
    for (const warning of settings.warnings) log.warn(warning)
    let { network } = settings.relay
    if (settings.testnet) {
      const testnet = stack.use(await DhtTestnet.create({ size: TESTNET_NODES }))
      const node = stack.use(
        await DhtNode.create({
          host: '127.0.0.1',
          port: 0,
          serverMode: true,
          requestTimeout: 100,
          bootstrap: testnet.bootstrap,
        }),
      )
      await node.bootstrapped()
      network = dhtNetwork(node, log, TESTNET)
      log.info(`Test network: ${testnet.bootstrap.join(' ')}`)
    }
    const relay = stack.use(await createPkarrRelay({ ...settings.relay, network, log }))
    log.info(`Pkarr relay listening on ${relay.url} (${relay.addresses.join(', ')}), DHT on UDP port ${relay.dhtPort}`)
    if (relay.monitoringUrl !== undefined) log.info(`Health and metrics on ${relay.monitoringUrl}`)
    return stack.move()
  },
})
