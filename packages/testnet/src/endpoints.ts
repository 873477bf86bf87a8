import type { StaticTestnet } from './static-testnet.ts'

/** What a running testnet says, in this order; tools wait for the first line (spec 06 §9.3). */
export function endpointLines(network: StaticTestnet): readonly string[] {
  const { homeserver } = network
  return [
    'Testnet running',
    `DHT Bootstrap Nodes: ${network.bootstrap.join(', ')}`,
    `Pkarr Relay: ${network.pkarrRelay.url}`,
    `Http Relay: ${network.httpRelay.url}`,
    `Homeserver ICANN HTTP: ${homeserver.icannUrl}`,
    `Homeserver Pubky HTTPS: https://${homeserver.publicKey.z32()}`,
    ...(homeserver.adminUrl === undefined ? [] : [`Homeserver admin: ${homeserver.adminUrl}`]),
    ...(homeserver.metricsUrl === undefined ? [] : [`Homeserver metrics: ${homeserver.metricsUrl}`]),
  ]
}

/** The next thing to try, for a person at a terminal. */
export function nextSteps(network: StaticTestnet): string {
  const { host, homeserver, httpRelay } = network
  const name = host === 'localhost' ? '' : JSON.stringify(host)
  return `
Next: write a first file. In an empty folder,

  npm install @synonymdev/pubky
  node first.mjs      # prints the address of the new file

with this first.mjs:

  import { Keypair, Pubky, PublicKey } from '@synonymdev/pubky'

  const pubky = Pubky.testnet(${name})
  const homeserver = PublicKey.from('${homeserver.publicKey.z32()}')
  const session = await pubky.signer(Keypair.random()).signup(homeserver, null)
  await session.storage.putText('/pub/hello/world.txt', 'Hello, Pubky!')
  console.log('${homeserver.icannUrl}/storage/' + session.info.publicKey.z32() + '/pub/hello/world.txt')

Apps sign in through the HTTP relay ${httpRelay.url}/inbox (clients up to 0.6: ${httpRelay.url}/link).
${adminSteps(network)}State is kept in ${network.data ?? 'memory; --data DIR keeps it'}. --help lists all options. Press Ctrl+C to stop.
`
}

function adminSteps({ homeserver }: StaticTestnet): string {
  if (homeserver.adminUrl === undefined) return ''
  const password = homeserver.adminPassword === 'admin' ? 'admin' : '<password>'
  return `A sign-up token: curl -H 'X-Admin-Password: ${password}' ${homeserver.adminUrl}/generate_signup_token\n`
}
