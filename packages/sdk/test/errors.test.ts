import { Keypair as CryptoKeypair } from '@pubky/crypto'
import { createAuthToken, parseCapabilities } from '@pubky/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuthToken, Client, Pubky, PubkyError } from '../src/index.ts'
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }
import { ScriptedNetwork } from './scripted-network.ts'

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

describe('error bodies (spec 05 §2.2)', () => {
  for (const { body_hex, max_error_body_bytes, message } of vectors.error_body) {
    it(`at most ${max_error_body_bytes ?? 'the default number of'} bytes`, async () => {
      network.script = () => ({ status: 503, headers: { 'retry-after': '3600' }, body: Buffer.from(body_hex, 'hex') })
      const client = network.client(max_error_body_bytes === null ? {} : { maxErrorBodyBytes: max_error_body_bytes })
      const { PublicStorage } = await import('../src/index.ts')
      const reading = new PublicStorage(client).getText(`pubky${network.user.publicKey.z32()}/pub/a.txt`)
      await expect(reading).rejects.toMatchObject({ name: 'RequestError', message, data: { statusCode: 503 } })
    })
  }
})

it('a status is named, however rare it is', async () => {
  const address = `pubky${network.user.publicKey.z32()}/pub/a.txt` as const
  for (const [status, reason] of [
    [404, 'Not Found'],
    [408, 'Request Timeout'],
    [451, 'Unavailable For Legal Reasons'],
    [599, 'Unknown Error'],
  ] as const) {
    network.script = () => ({ status, body: 'why' })
    await expect(network.pubky().publicStorage.getText(address)).rejects.toMatchObject({
      message: `Request failed: Server responded with an error: ${status} ${reason} - why`,
    })
  }
})

it('a limit of error bodies is a number of bytes', () => {
  for (const maxErrorBodyBytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 4_294_967_296]) {
    expect(() => network.client({ maxErrorBodyBytes })).toThrow(expect.objectContaining({ name: 'InvalidInput' }))
  }
  for (const maxErrorBodyBytes of [0, 16, 4_294_967_295]) network.client({ maxErrorBodyBytes })
})

it('without a relay no client can be built', () => {
  expect(() => new Client({ pkarr: { relays: [] } })).toThrow(
    expect.objectContaining({
      name: 'InternalError',
      message: 'Failed to build the Pkarr client: Passed an empty list of relays',
    }),
  )
})

it('tokens that are none are named as officially', async () => {
  const token = createAuthToken(CryptoKeypair.random(), parseCapabilities('/:rw'), BigInt(Date.now()) * 1000n).bytes
  const altered = (at: number): Uint8Array => token.map((byte, index) => (index === at ? byte ^ 1 : byte))
  const refusals: [(bytes: Uint8Array) => unknown, Uint8Array, string][] = [
    [AuthToken.verify, altered(3), 'Invalid Signature'],
    [AuthToken.verify, altered(74), 'Unknown version'],
    [AuthToken.verify, token.slice(0, -1), 'Hit the end of buffer, expected more data'],
    [AuthToken.fromBytes, new Uint8Array(10), 'Hit the end of buffer, expected more data'],
  ]
  for (const [read, bytes, message] of refusals) {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ name: 'AuthenticationError', message }))
  }
})

it('fetch takes null for no options', async () => {
  network.script = () => ({ body: 'here' })
  const response = await network.client().fetch(`https://_pubky.${network.user.publicKey.z32()}/pub/a.txt`, null)
  expect(await response.text()).toBe('here')
})

it('a large limit of error bodies takes no memory', async () => {
  network.script = () => ({ status: 404, body: 'File Not Found' })
  const pubky = Pubky.withClient(network.client({ maxErrorBodyBytes: 4_294_967_295 }))
  const reading = pubky.publicStorage.getText(`pubky${network.user.publicKey.z32()}/pub/a.txt`)
  await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('404 Not Found - File Not Found') })
})

describe('a server that is busy', () => {
  it('is asked again after the time it names', async () => {
    let requests = 0
    network.script = () => {
      requests += 1
      return requests < 3 ? { status: 429, headers: { 'retry-after': '0' } } : { body: 'at last' }
    }
    const address = `pubky${network.user.publicKey.z32()}/pub/a.txt` as const
    expect(await network.pubky().publicStorage.getText(address)).toBe('at last')
    expect(requests).toBe(3)
  })

  it('is left alone when that time is long', async () => {
    network.script = () => ({ status: 429, headers: { 'retry-after': '3600' } })
    const address = `pubky${network.user.publicKey.z32()}/pub/a.txt` as const
    await expect(network.pubky().publicStorage.getText(address)).rejects.toMatchObject({ data: { statusCode: 429 } })
    expect(network.seen.filter(({ target }) => target !== '/info')).toHaveLength(1)
  })
})

describe('every error is a PubkyError', () => {
  it('and an Error', async () => {
    network.script = () => ({ status: 404, body: 'File Not Found' })
    const address = `pubky${network.user.publicKey.z32()}/pub/a.txt` as const
    const error: unknown = await network
      .pubky()
      .publicStorage.getText(address)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(PubkyError)
    expect(error).toMatchObject({
      name: 'RequestError',
      message: 'Request failed: Server responded with an error: 404 Not Found - File Not Found',
      data: { statusCode: 404, kind: 'http' },
    })
  })

  it('except what the caller’s own signal says', async () => {
    network.script = () => new Promise(() => {})
    const controller = new AbortController()
    const pubky = network.pubky().with({ signal: controller.signal })
    const reading = pubky.publicStorage.getText(`pubky${network.user.publicKey.z32()}/pub/a.txt`)
    setTimeout(() => controller.abort(new Error('navigated away')), 30)
    await expect(reading).rejects.toThrow('navigated away')
  })
})
