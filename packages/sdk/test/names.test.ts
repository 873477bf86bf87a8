import { expect, it } from 'vitest'
import { ScriptedNetwork } from './scripted-network.ts'

it('a listing with what is no name fails in the official words', async () => {
  await using network = await ScriptedNetwork.start()
  const folder = `pubky${network.user.publicKey.z32()}/pub/` as const
  for (const [body, detail] of [
    ['garbage', 'expected `pubky<user>/<path>` or `pubky://<user>/<path>`'],
    ['pubky://x/pub/a', 'invalid user public key: x'],
  ] as const) {
    network.script = () => ({ body })
    await expect(network.pubky().publicStorage.list(folder)).rejects.toMatchObject({
      name: 'RequestError',
      message: `Request failed: Invalid request/URI: ${detail}`,
    })
  }
})

it('a name that is printed encoded is found, also where the encoded form is longer than names can be', async () => {
  await using network = await ScriptedNetwork.start()
  const owner = network.user.publicKey.z32()
  const name = '文'.repeat(80)
  network.script = ({ target }) => (target.endsWith(encodeURIComponent(name)) ? { body: 'found' } : { status: 404 })
  const { publicStorage } = network.pubky()
  for (const printed of [`pubky://${owner}/pub/${encodeURIComponent(name)}`, `pubky${owner}/pub/${name}`] as const) {
    expect(await publicStorage.getText(printed)).toBe('found')
  }
  const tooLong = `pubky${owner}/pub/${encodeURIComponent(`${name}${name}`)}` as const
  await expect(publicStorage.getText(tooLong)).rejects.toMatchObject({ data: { kind: 'invalidRequest' } })
})
