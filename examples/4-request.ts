/** Sends a request to any URL whose host is a key: `pnpm --filter @pubky/examples request [url] [method] [body]` */
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const [url = `https://${network.homeserver.z32()}/info`, method = 'GET', body] = process.argv.slice(2)

const response = await network.pubky.client.fetch(url, {
  method,
  headers: { accept: 'application/json' },
  ...(body !== undefined && { body }),
})
console.log(response.status, response.headers.get('content-type'))
console.log(await response.text())
