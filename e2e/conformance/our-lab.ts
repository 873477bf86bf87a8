import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keypair, randomBytes } from '@pubky/crypto'
import { createHomeserver, type HomeserverConfigInput, homeserverConfig } from '@pubky/homeserver'
import type { Endpoints } from './harness/http-target.ts'
import type { ServerConfig } from './harness/item.ts'
import type { Lab, LabServer } from './harness/lab.ts'

const ANY_PORT = '127.0.0.1:0'

/** Our homeserver alone, on a data directory of its own, with every listener on a random port. */
export const ourLab: Lab = {
  offers: ['admin', 'tls', 'metrics', 'restart', 'http2'],
  async start(config: ServerConfig): Promise<LabServer> {
    const directory = await mkdtemp(join(tmpdir(), 'pubky-conformance-'))
    const keypair = Keypair.random()
    const rootKey = randomBytes(32)
    const settings: HomeserverConfigInput = {
      ...config,
      drive: { ...config.drive, icann_listen_socket: ANY_PORT, pubky_listen_socket: ANY_PORT },
      admin: { listen_socket: ANY_PORT },
      metrics: { enabled: true, listen_socket: ANY_PORT },
    }
    const launch = () =>
      createHomeserver({
        keypair,
        directory,
        encryption: { rootKey },
        pkarr: false,
        config: homeserverConfig(settings),
      })
    let server = await launch()
    const endpoints = (): Endpoints => ({
      url: server.icannUrl,
      pubky: server.publicKey.z32(),
      tls: { host: '127.0.0.1', port: server.pubkyTlsPort },
      admin: { url: server.adminUrl!, password: server.adminPassword },
      metrics: server.metricsUrl,
      async restart() {
        await server.stop()
        server = await launch()
        return endpoints()
      },
    })
    return {
      endpoints: endpoints(),
      async [Symbol.asyncDispose]() {
        await server.stop(0)
        await rm(directory, { recursive: true, force: true })
      },
    }
  },
}
