import { CryptoError, PublicKey } from '@pubky/crypto'
import type { SignedPacket } from '@pubky/pkarr'
import { Refusal } from '../http/refusal.ts'
import type { HeaderRecord } from '../http/reply.ts'
import type { RelayNetwork } from '../network.ts'
import { Html, html } from './html.ts'
import { duration, percent, shortCount } from './numbers.ts'
import { recordType, recordValue } from './record-text.ts'
import { CONTENT_SECURITY_POLICY, STYLE } from './style.ts'

/** What the page shows of the relay. */
export interface StatusPageComponents {
  readonly version: string
  readonly store: { readonly size: number; readonly capacity: number }
  readonly network: RelayNetwork
  readonly bounds: { readonly minimumTtl: number; readonly maximumTtl: number }
}

const HEADERS: HeaderRecord = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page at `/` (spec 04 §2.8): what a relay is, how this one does, and the records of any key. */
export class StatusPage {
  readonly #components: StatusPageComponents

  constructor(components: StatusPageComponents) {
    this.#components = components
  }

  /** @param keyText what was asked for; `undefined` or empty for nothing */
  async render(
    keyText: string | undefined,
    lookUp: (key: PublicKey) => Promise<SignedPacket | undefined>,
  ): Promise<{ readonly status: number; readonly headers: HeaderRecord; readonly html: string }> {
    const { status, part, headers } = await this.#result(keyText?.trim() ?? '', lookUp)
    const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pkarr relay</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
<h1>Pkarr relay</h1>
<p>A public key can be its own domain: whoever holds the key signs its DNS records, and the distributed hash table of
BitTorrent, Mainline, keeps them. This relay is a door to it for browsers, which cannot speak to Mainline themselves.
It cannot forge a record, because every record is signed.</p>
<section>
<h2>Look a key up</h2>
<form method="get" action="./" role="search">
<input name="key" value="${keyText ?? ''}" aria-label="Public key" placeholder="Public key, 52 characters" autocomplete="off" spellcheck="false" required>
<button>Look up</button>
</form>
</section>
${part}
${this.#status()}
<footer>Programs send <code>GET</code> and <code>PUT</code> to <code>/&lt;public key&gt;</code>.</footer>
</main>
</body>
</html>
`
    return { status, headers: { ...HEADERS, ...headers }, html: page.toString() }
  }

  #status(): Html {
    const { version, store, network } = this.#components
    const { size, capacity } = store
    const info = network.info()
    const node =
      info === undefined
        ? html``
        : html`<div><dt>node port</dt><dd>${info.publicAddress?.port ?? info.address.port}</dd></div>
<div><dt>node firewalled</dt><dd>${String(info.firewalled)}</dd></div>
<div><dt>dht size estimate</dt><dd>${shortCount(info.networkSize.nodes)} Nodes +/-${(info.networkSize.deviation * 100).toFixed(2)}%</dd></div>
<div><dt>known nodes</dt><dd>${info.contacts}</dd></div>`
    return html`<section>
<h2>This relay</h2>
<dl>
<div><dt>version</dt><dd>${version}</dd></div>
<div><dt>cache size</dt><dd>${shortCount(size)}</dd></div>
<div><dt>cache capacity</dt><dd>${shortCount(capacity)}</dd></div>
<div><dt>cache utilization</dt><dd>${percent(size, capacity)}</dd></div>
${node}
</dl>
</section>`
  }

  async #result(
    text: string,
    lookUp: (key: PublicKey) => Promise<SignedPacket | undefined>,
  ): Promise<{ readonly status: number; readonly part: Html; readonly headers?: HeaderRecord }> {
    if (text === '') return { status: 200, part: html`` }
    try {
      const key = PublicKey.parse(text)
      const packet = await lookUp(key)
      if (packet !== undefined) return { status: 200, part: this.#packet(packet) }
      return {
        status: 404,
        part: notice('Nothing found', `${key.z32()} has no records, or they were not republished.`),
      }
    } catch (error) {
      if (error instanceof CryptoError) return { status: 400, part: notice('Not a public key', error.message) }
      if (!(error instanceof Refusal)) throw error
      return { status: error.status, part: notice('No answer', error.message), headers: error.headers }
    }
  }

  #packet(packet: SignedPacket): Html {
    const { minimumTtl, maximumTtl } = this.#components.bounds
    const signedAt = new Date(Number(packet.timestamp / 1000n))
    const age = Math.floor((Date.now() - signedAt.getTime()) / 1000)
    const origin = packet.publicKey.z32()
    const rows = packet.answers.map((record) => {
      const name = record.name === origin ? '@' : record.name.replace(`.${origin}`, '')
      return html`<tr><td>${name}</td><td>${recordType(record)}</td><td>${record.ttl}</td><td>${recordValue(record)}</td></tr>`
    })
    const records =
      rows.length === 0
        ? html`<p>The owner has withdrawn all records.</p>`
        : html`<div class="scroll"><table>
<thead><tr><th>Name</th><th>Type</th><th>TTL</th><th>Value</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`
    return html`<section>
<h2><code>${origin}</code></h2>
<dl>
<div><dt>signed</dt><dd><time datetime="${signedAt.toISOString()}">${age < 0 ? 'in the future' : `${duration(age)} ago`}</time></dd></div>
<div><dt>last seen in the network</dt><dd>${duration(packet.elapsedSeconds())} ago</dd></div>
<div><dt>cached for another</dt><dd>${duration(packet.expiresIn(minimumTtl, maximumTtl))}</dd></div>
<div><dt>size</dt><dd>${packet.dns.length} of 1000 bytes</dd></div>
</dl>
${records}
</section>`
  }
}

const styleSheet = new Html(STYLE)

function notice(title: string, text: string): Html {
  return html`<section role="status"><h2>${title}</h2><p>${text}</p></section>`
}
