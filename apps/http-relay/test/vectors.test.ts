import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { call, startRelay, until } from './relay.ts'

/** Spec 06 §7, by number. Waits are shortened by configuration. */
describe('vectors: HTTP relay', () => {
  it('R1 banner', async () => {
    await using relay = await startRelay()
    const response = await call(relay, 'GET', '/')
    expect(response).toMatchObject({ status: 200, text: 'Http Relay' })
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('R2 a message is stored and read', async () => {
    await using relay = await startRelay()
    expect(await call(relay, 'POST', '/inbox/a', 'hello inbox')).toMatchObject({ status: 200, text: '' })
    expect(await call(relay, 'GET', '/inbox/a')).toMatchObject({ status: 200, text: 'hello inbox' })
    expect(relay.entryCount).toBe(1)
  })

  it('R3 nothing comes within the timeout', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 50 })
    expect(await call(relay, 'GET', '/inbox/a')).toMatchObject({ status: 408, text: 'Request timed out' })
  })

  it('R4 a reader waits for its message', async () => {
    await using relay = await startRelay()
    const reading = call(relay, 'GET', '/inbox/a')
    await until(() => relay.waiterCount === 1)
    expect((await call(relay, 'POST', '/inbox/a', 'late')).status).toBe(200)
    expect(await reading).toMatchObject({ status: 200, text: 'late' })
  })

  it('R5 an acknowledged message is gone, its entry is not', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 50 })
    expect((await call(relay, 'POST', '/inbox/a', 'x')).status).toBe(200)
    expect(await call(relay, 'DELETE', '/inbox/a')).toMatchObject({ status: 200, text: '' })
    expect(await call(relay, 'GET', '/inbox/a/ack')).toMatchObject({ status: 200, text: 'true' })
    expect((await call(relay, 'GET', '/inbox/a')).status).toBe(408)
    expect(relay.entryCount).toBe(1)
    expect((await call(relay, 'DELETE', '/inbox/a')).status).toBe(200)
  })

  it('R6 unknown ids', async () => {
    await using relay = await startRelay()
    for (const [method, path] of [
      ['DELETE', '/inbox/a'],
      ['GET', '/inbox/a/ack'],
      ['GET', '/inbox/a/await'],
    ] as const) {
      expect(await call(relay, method, path)).toMatchObject({ status: 404, text: 'Not found' })
    }
  })

  it('R7 not acknowledged yet', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'x')
    expect((await call(relay, 'GET', '/inbox/a/ack')).text).toBe('false')
  })

  it('R8 /await returns when the message is acknowledged', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'x')
    const waiting = call(relay, 'GET', '/inbox/a/await')
    await until(() => relay.waiterCount === 1)
    expect((await call(relay, 'DELETE', '/inbox/a')).status).toBe(200)
    expect(await waiting).toMatchObject({ status: 200, text: '' })
  })

  it('R9 /await after the acknowledgement', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'x')
    await call(relay, 'DELETE', '/inbox/a')
    expect((await call(relay, 'GET', '/inbox/a/await')).status).toBe(200)
  })

  it('R10 /await runs out of time', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 50 })
    await call(relay, 'POST', '/inbox/a', 'x')
    expect(await call(relay, 'GET', '/inbox/a/await')).toMatchObject({ status: 408, text: 'Request timed out' })
  })

  it('R11 reading does not acknowledge', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 100 })
    await call(relay, 'POST', '/inbox/a', 'x')
    await call(relay, 'GET', '/inbox/a')
    expect((await call(relay, 'GET', '/inbox/a/await')).status).toBe(408)
    await call(relay, 'DELETE', '/inbox/a')
    expect((await call(relay, 'GET', '/inbox/a/await')).status).toBe(200)
  })

  it('R12 the content type travels', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', '{}', { 'content-type': 'application/json' })
    expect((await call(relay, 'GET', '/inbox/a')).headers.get('content-type')).toBe('application/json')
  })

  it('R13 the last message wins', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'first')
    await call(relay, 'POST', '/inbox/a', 'second')
    expect((await call(relay, 'GET', '/inbox/a')).text).toBe('second')
  })

  it('R14 ids of 257 bytes are too long, 256 are not', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 20, linkTimeoutMs: 20 })
    const long = 'x'.repeat(257)
    for (const method of ['POST', 'GET', 'DELETE']) {
      expect(await call(relay, method, `/inbox/${long}`)).toMatchObject({ status: 400, text: 'Inbox ID too long' })
    }
    for (const door of ['ack', 'await']) {
      const refused = await call(relay, 'GET', `/inbox/${long}/${door}`)
      expect(refused).toMatchObject({ status: 400, text: 'Inbox ID too long' })
    }
    for (const method of ['POST', 'GET']) {
      expect(await call(relay, method, `/link/${long}`)).toMatchObject({ status: 400, text: 'Channel ID too long' })
    }
    expect((await call(relay, 'POST', `/inbox/${'x'.repeat(256)}`, 'x')).status).toBe(200)
    const bytes = `${'%C3%A9'.repeat(128)}`
    expect((await call(relay, 'POST', `/inbox/${bytes}`, 'x')).status).toBe(200)
    expect((await call(relay, 'POST', `/inbox/${bytes}x`, 'x')).status).toBe(400)
  })

  it('R15 the eleventh reader is refused', async () => {
    await using relay = await startRelay()
    const readers = Array.from({ length: 10 }, () => call(relay, 'GET', '/inbox/a'))
    await until(() => relay.waiterCount === 10)
    const refused = await call(relay, 'GET', '/inbox/a')
    expect(refused).toMatchObject({ status: 503, text: 'Too many concurrent requests' })
    await call(relay, 'POST', '/inbox/a', 'all')
    for (const reader of readers) expect(await reader).toMatchObject({ status: 200, text: 'all' })
  })

  it('R16 messages expire', async () => {
    await using relay = await startRelay({ inboxTtlMs: 50, inboxTimeoutMs: 30 })
    await call(relay, 'POST', '/inbox/a', 'x')
    await sleep(80)
    expect((await call(relay, 'GET', '/inbox/a')).status).toBe(408)
    expect((await call(relay, 'GET', '/inbox/a/ack')).status).toBe(404)
  })

  it('R17 a link reader waits for its sender', async () => {
    await using relay = await startRelay()
    const reading = call(relay, 'GET', '/link/a')
    await until(() => relay.waiterCount === 1)
    expect((await call(relay, 'POST', '/link/a', 'x')).status).toBe(200)
    expect(await reading).toMatchObject({ status: 200, text: 'x' })
    expect((await call(relay, 'GET', '/inbox/a/ack')).text).toBe('true')
  })

  it('R18, R19 a link sender waits for its reader; both are told that /link is deprecated', async () => {
    await using relay = await startRelay()
    const sending = call(relay, 'POST', '/link/a', 'x')
    await until(() => relay.waiterCount === 1)
    const read = await call(relay, 'GET', '/link/a')
    const sent = await sending
    expect([read.status, read.text, sent.status, sent.text]).toEqual([200, 'x', 200, ''])
    expect([read.headers.get('deprecation'), sent.headers.get('deprecation')]).toEqual(['true', 'true'])
  })

  it('R20 CORS off and on', async () => {
    await using off = await startRelay({ cors: false })
    await using on = await startRelay()
    const headers = { origin: 'https://app.example' }
    expect((await call(off, 'GET', '/', undefined, headers)).headers.get('access-control-allow-origin')).toBeNull()
    const answer = await call(on, 'GET', '/', undefined, headers)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
  })

  it('R21 a new message sends those away who wait for the old one to be acknowledged', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'old')
    const waiting = call(relay, 'GET', '/inbox/a/await')
    await until(() => relay.waiterCount === 1)
    await call(relay, 'POST', '/inbox/a', 'new')
    expect(await waiting).toMatchObject({ status: 404, text: 'Not found' })
  })

  it('R22 the oldest entry gives way', async () => {
    await using relay = await startRelay({ maxEntries: 2 })
    for (const id of ['a', 'b', 'c']) await call(relay, 'POST', `/inbox/${id}`, id)
    const states = await Promise.all(['a', 'b', 'c'].map((id) => call(relay, 'GET', `/inbox/${id}/ack`)))
    expect(states.map((state) => state.status)).toEqual([404, 200, 200])
  })

  it('R23 bodies of 2048 bytes pass, 2049 do not', async () => {
    await using relay = await startRelay()
    expect((await call(relay, 'POST', '/inbox/a', 'x'.repeat(2048))).status).toBe(200)
    const refused = await call(relay, 'POST', '/inbox/a', 'x'.repeat(2049))
    expect(refused.text).toBe('Failed to buffer the request body: length limit exceeded')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([413, 'text/plain; charset=utf-8'])
    expect((await call(relay, 'GET', '/inbox/a')).text).toHaveLength(2048)
  })

  it('R24 a body that is too large is refused before an id that is too long', async () => {
    await using relay = await startRelay()
    expect((await call(relay, 'POST', `/inbox/${'x'.repeat(257)}`, 'x'.repeat(3000))).status).toBe(413)
  })

  it('R25 a link sender is sent away by a newer message', async () => {
    await using relay = await startRelay()
    const sending = call(relay, 'POST', '/link/a', 'old')
    await until(() => relay.waiterCount === 1)
    await call(relay, 'POST', '/inbox/a', 'new')
    const sent = await sending
    expect(sent).toMatchObject({ status: 404, text: 'Entry expired' })
    expect(sent.headers.get('deprecation')).toBe('true')
  })

  it('R26 HEAD on /link answers like GET without a body, and ours leaves the message', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a', 'x')
    const head = await call(relay, 'HEAD', '/link/a')
    expect([head.status, head.text, head.headers.get('deprecation')]).toEqual([200, '', 'true'])
    expect(head.headers.get('content-length')).toBe('1')
    expect((await call(relay, 'GET', '/inbox/a')).text).toBe('x')
  })

  it('R27 places of readers that timed out are free at once in ours', async () => {
    await using relay = await startRelay({ inboxTimeoutMs: 60 })
    await Promise.all(Array.from({ length: 10 }, () => call(relay, 'GET', '/inbox/a')))
    expect((await call(relay, 'GET', '/inbox/a')).status).toBe(408)
  })

  it('R28 an empty message is a message', async () => {
    await using relay = await startRelay()
    await call(relay, 'POST', '/inbox/a')
    const { status, text, headers } = await call(relay, 'GET', '/inbox/a')
    expect([status, text, headers.get('content-type')]).toEqual([200, '', 'application/octet-stream'])
  })
})
