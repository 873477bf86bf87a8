import { AuthFlowKind, Client, Keypair, Pubky, PublicKey, type StoredSessionInfo } from '@pubky/sdk'

interface Network {
  readonly relay: string
  readonly pkarrRelay: string
  readonly homeserver: string
}

const network: Network = await (await fetch('/network.json')).json()
const pubky = Pubky.withClient(new Client({ pkarr: { relays: [network.pkarrRelay] } }))
const store = pubky.browserSessionStore

element('add').onclick = add
element('clear').onclick = async () => {
  await store.clear()
  await show()
}
await show()

/** A new user, who approves on "another device": here, to keep the example in one page. */
async function add(): Promise<void> {
  const signer = pubky.signer(Keypair.random())
  await signer.signup(PublicKey.from(network.homeserver))
  const flow = await pubky.startGrantAuthFlow('/pub/accounts.example/:rw', AuthFlowKind.signin(), {
    clientId: 'accounts.example',
    relay: network.relay,
  })
  await signer.approveAuthRequest(flow.authorizationUrl)
  await store.save(await flow.awaitApproval())
  await show()
}

async function show(): Promise<void> {
  const accounts = await store.list()
  element('accounts').replaceChildren(...accounts.map(row))
}

function row(account: StoredSessionInfo): HTMLElement {
  const item = document.createElement('li')
  const until = new Date(account.grantExpiresAt * 1000).toLocaleDateString()
  item.append(`pubky${account.publicKey} (${account.storageMode}, until ${until}) `)
  item.append(
    button('Use', () => use(account)),
    button('Forget', () => forget(account)),
  )
  return item
}

async function use(account: StoredSessionInfo): Promise<void> {
  const session = await store.restore(account.id)
  await session.storage.putText('/pub/accounts.example/seen.txt', new Date().toISOString())
  element('result').textContent = `wrote as ${session.info.publicKey.toString()}`
}

async function forget(account: StoredSessionInfo): Promise<void> {
  await store.remove(account.id)
  await show()
}

function button(text: string, onclick: () => Promise<void>): HTMLElement {
  return Object.assign(document.createElement('button'), { type: 'button', textContent: text, onclick })
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`no element #${id}`)
  return found
}
