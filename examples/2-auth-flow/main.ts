import { AuthFlowKind, Client, type GrantAuthFlow, Pubky, PublicKey } from '@pubky/sdk'
import { renderSVG } from 'uqr'

interface Network {
  readonly relay: string
  readonly pkarrRelay: string
  readonly homeserver: string
}

const network: Network = await (await fetch('/network.json')).json()
const pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay] } }))
let flow: GrantAuthFlow | undefined

element('signin').onclick = () => start(AuthFlowKind.signin())
element('signup').onclick = () => start(AuthFlowKind.signup(PublicKey.from(network.homeserver)))

async function start(kind: AuthFlowKind): Promise<void> {
  flow?.free()
  flow = await pubky.startGrantAuthFlow('/pub/auth-flow.example/:rw', kind, {
    clientId: 'auth-flow.example',
    relay: network.relay,
    xCallback: { xSource: 'Sign in by QR' },
  })
  element('qr').innerHTML = renderSVG(flow.authorizationUrl)
  element('url').textContent = flow.authorizationUrl
  const session = await flow.awaitApproval()
  element('result').textContent = [
    `signed in as ${session.info.publicKey.toString()}`,
    `may do ${session.info.capabilities.join(', ')}`,
  ].join('\n')
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`no element #${id}`)
  return found
}
