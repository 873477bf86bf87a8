import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { is } from '../harness/expect.ts'
import { type Item, item } from '../harness/item.ts'
import type { Target } from '../harness/target.ts'

const ONE = { path: '/events/', method: 'GET', quota: '1r/m', key: 'ip' }
const PROXY = { mode: 'proxy_protocol', trusted_proxies: ['127.0.0.1/32', '::1/128'] }
const REQUEST = 'GET /events/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** Bytes that come back for `bytes` on a fresh connection until it closes; fails after 4 s of an open connection. */
function converse(t: Target, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(t.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes))
    let text = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error('the connection stayed open'))
    }, 4000)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

const preface = (source: string) => `PROXY TCP4 ${source} 127.0.0.1 40000 6286\r\n`
const status = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** Client identity and rate limits (new in 0.17.1). */
export const identity: Item[] = [
  item(
    248,
    'forwarding headers do not count',
    async (t) => {
      const from = (address: string) =>
        t.send('/events/', { headers: { 'x-forwarded-for': address, 'x-real-ip': address } })
      is(await from('198.51.100.1'), 200)
      is(await from('198.51.100.2'), 429)
    },
    { config: { drive: { rate_limits: [ONE] } } },
  ),
  item(
    249,
    'the PROXY preface names the client',
    async (t) => {
      assert.equal(status(await converse(t, preface('198.51.100.1') + REQUEST)), 200)
      assert.equal(status(await converse(t, preface('198.51.100.1') + REQUEST)), 429)
      assert.equal(status(await converse(t, preface('198.51.100.2') + REQUEST)), 200)
    },
    { config: { drive: { rate_limits: [ONE], icann_client_identity: PROXY } } },
  ),
  item(
    250,
    'no preface, or a proxy nobody trusts',
    async (t) => {
      assert.equal(await converse(t, REQUEST), '')
    },
    { config: { drive: { rate_limits: [], icann_client_identity: PROXY } } },
  ),
  item(
    251,
    'unusable and unfinished prefaces',
    async (t) => {
      assert.equal(await converse(t, `PROXY UNKNOWN\r\n${REQUEST}`), '')
      const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
      const local = Buffer.concat([Buffer.from([...signature, 0x20, 0x00, 0x00, 0x00]), Buffer.from(REQUEST)])
      assert.equal(await converse(t, local), '')
      assert.equal(await converse(t, 'PROXY TCP4 198.51'), '')
    },
    { config: { drive: { rate_limits: [], icann_client_identity: PROXY } } },
  ),
  item(
    252,
    'shorter windows are asked first',
    async (t) => {
      is(await t.send('/events/'), 200)
      is(await t.send('/events/'), 429)
      await sleep(1100)
      is(await t.send('/events/'), 200)
    },
    {
      config: {
        drive: {
          rate_limits: [
            { path: '/events/', method: 'GET', quota: '2r/m', key: 'ip' },
            { path: '/events/', method: 'GET', quota: '1r/s', key: 'ip' },
          ],
        },
      },
    },
  ),
]
