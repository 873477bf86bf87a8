import { inspect } from 'node:util'
import { base64UrlEncode } from '@pubky/crypto'
import { expect, it } from 'vitest'
import { SeedExportDeepLink, SigninDeepLink } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

/** What a program prints that logs a value, and what it stores that turns it into JSON. */
function shown(value: object): string {
  const json = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))
  return `${inspect(value, { depth: 10, maxArrayLength: null, maxStringLength: null })}${json}`
}

it('printing a session shows none of its secrets', async () => {
  await using network = await ScriptedNetwork.start()
  network.script = withGrants(network)
  const session = await network.pubky().signer(network.user).signin('chat.example')
  const [, , seed = '', grant = ''] = (await session.exportLocalSecret()).split(':')
  for (const text of [shown(session), shown(session.storage), shown(session.grant ?? {})]) {
    expect(text).not.toContain(seed)
    expect(text).not.toContain(grant)
    expect(text).not.toContain('token-1')
  }
})

it('printing a deep link shows none of its secrets', () => {
  const secret = new Uint8Array(32).fill(123)
  const text = base64UrlEncode(secret)
  const links = [
    SeedExportDeepLink.parse(`pubkyauth://secret_export?secret=${text}`),
    SigninDeepLink.parse(`pubkyauth://signin?caps=&relay=http://localhost/inbox&secret=${text}`),
  ]
  for (const link of links) {
    expect(link.secret).toEqual(secret)
    expect(shown(link)).not.toMatch(/123|7b/)
    expect(shown(link)).not.toContain(text)
  }
})
