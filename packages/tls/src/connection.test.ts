import { describe, expect, test } from 'vitest'
import { splitRecords } from '../test/hello-editor.ts'
import { connectedPair, exchange, received, SERVERNAME, sent, serverKeypair, unconnectedPair } from '../test/memory.ts'
import { answerHello, sealRecord } from '../test/scripted-server.ts'
import { type Connection, KEY_UPDATE_WINDOW, MAX_EMPTY_RECORDS, MAX_KEY_UPDATES } from './connection.ts'
import { RECORD_TYPE } from './constants.ts'
import { systemEntropy } from './entropy.ts'

describe('a connection', () => {
  test('agrees on suite, group, server name and key', () => {
    const { client, server } = connectedPair()
    expect(client.result).toMatchObject({ suite: { id: 0x1301 }, group: { name: 'x25519' }, servername: SERVERNAME })
    expect(server.result).toMatchObject({ suite: { id: 0x1301 }, group: { name: 'x25519' }, servername: SERVERNAME })
    expect(client.result?.peerKey).toBe(serverKeypair.publicKey)
    expect(server.result?.peerKey).toBeUndefined()
  })

  test('carries data of every interesting length both ways', () => {
    const { client, server } = connectedPair()
    for (const length of [1, 2, 16_383, 16_384, 16_385, 32_768, 100_000]) {
      const data = Buffer.alloc(length, length & 0xff)
      client.write([data])
      server.write([data.subarray(0, length >> 1), data.subarray(length >> 1)])
      exchange(client, server)
      expect(received(server).equals(data)).toBe(true)
      expect(received(client).equals(data)).toBe(true)
    }
  })

  test('joins small chunks into full records', () => {
    const { client, server } = connectedPair()
    client.write(Array.from({ length: 20_000 }, () => Buffer.of(7)))
    const records = client.takeOutgoing()
    expect(splitRecords(Buffer.concat(records)).map(({ content }) => content.length)).toEqual([16_401, 3633])
    for (const record of records) server.receive(record)
    expect(received(server)).toHaveLength(20_000)
  })

  test('writing nothing sends nothing', () => {
    const { client } = connectedPair()
    client.write([])
    client.write([Buffer.alloc(0)])
    expect(client.takeOutgoing()).toEqual([])
  })

  test('delivers nothing of a record whose tag is wrong, but all before it', () => {
    const { client, server } = connectedPair()
    client.write([Buffer.from('good')])
    client.write([Buffer.from('bad')])
    const bytes = sent(client)
    bytes[bytes.length - 1]! ^= 1
    server.receive(bytes)
    expect(received(server).toString()).toBe('good')
    expect(server.failure).toMatchObject({ code: 'protocol-violation', alert: 20 })
  })

  test('refuses a record twice and records in a wrong order', () => {
    for (const order of [
      [0, 0],
      [1, 0],
    ]) {
      const { client, server } = connectedPair()
      client.write([Buffer.from('first')])
      client.write([Buffer.from('second')])
      const records = client.takeOutgoing()
      for (const index of order) server.receive(records[index]!)
      expect(server.failure).toMatchObject({ alert: 20 })
    }
  })

  test('an alert of the peer ends it', () => {
    const { client, server } = connectedPair()
    client.receive(Buffer.from('not TLS'))
    exchange(client, server)
    expect(client.failure).toMatchObject({ alert: 10 })
    expect(server.failure).toMatchObject({ code: 'alert-received', alert: 10 })
  })

  test('cannot be written before the handshake or after its end', () => {
    const { client } = unconnectedPair()
    expect(() => client.write([Buffer.from('x')])).toThrow(expect.objectContaining({ code: 'closed' }))
    const pair = connectedPair()
    pair.client.close()
    expect(() => pair.client.write([Buffer.from('x')])).toThrow(expect.objectContaining({ code: 'closed' }))
    pair.server.dispose()
    expect(() => pair.server.updateKey(false)).toThrow(expect.objectContaining({ code: 'closed' }))
  })
})

describe('closing', () => {
  test('one direction stays open when the other is closed', () => {
    const { client, server } = connectedPair()
    client.close()
    exchange(client, server)
    expect(server.peerClosed).toBe(true)
    server.write([Buffer.from('still here')])
    exchange(client, server)
    expect(received(client).toString()).toBe('still here')
    expect(client.peerClosed).toBe(false)
  })

  test('closing twice sends one close_notify', () => {
    const { client } = connectedPair()
    client.close()
    client.close()
    expect(client.takeOutgoing()).toHaveLength(1)
  })

  test('what follows a close_notify is ignored', () => {
    const { client, server } = connectedPair()
    client.close()
    const bytes = sent(client)
    server.receive(Buffer.concat([bytes, Buffer.from('rubbish')]))
    expect(server.peerClosed).toBe(true)
    expect(server.failure).toBeUndefined()
  })

  test('close_notify during the handshake is no clean end', () => {
    const { client, server } = unconnectedPair()
    server.receive(sent(client))
    server.receive(Buffer.from('15030300020100', 'hex'))
    expect(server.failure).toMatchObject({ code: 'closed' })
    expect(server.peerClosed).toBe(false)
  })
})

describe('key updates', () => {
  test('each side can change its key, alone or with the other', () => {
    const { client, server } = connectedPair()
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      for (const requestPeer of [false, true]) {
        from.updateKey(requestPeer)
        from.write([Buffer.from('after')])
        exchange(from, to)
        expect(received(to).toString()).toBe('after')
        to.write([Buffer.from('answer')])
        exchange(from, to)
        expect(received(from).toString()).toBe('answer')
      }
    }
  })

  test('our key changes by itself after so many records', () => {
    const { client, server } = connectedPair({ rekeyAfterRecords: 3 })
    for (let i = 0; i < 10; i++) {
      client.write([Buffer.from(`record ${i}`)])
      exchange(client, server)
      expect(received(server).toString()).toBe(`record ${i}`)
    }
    expect(server.failure).toBeUndefined()
    for (let i = 0; i < 3; i++) client.write([Buffer.alloc(1)])
    // A KeyUpdate takes 22 bytes, one byte of data 18; the tenth record above was the first under its key.
    expect(splitRecords(sent(client)).map(({ content }) => content.length)).toEqual([18, 18, 22, 18])
  })

  test(`at most ${MAX_KEY_UPDATES} a minute are taken`, () => {
    let now = 0
    const { client, server } = connectedPair({ now: () => now })
    for (let i = 0; i < MAX_KEY_UPDATES; i++) client.updateKey(false)
    exchange(client, server)
    expect(server.failure).toBeUndefined()
    now += KEY_UPDATE_WINDOW
    for (let i = 0; i < MAX_KEY_UPDATES; i++) client.updateKey(false)
    exchange(client, server)
    expect(server.failure).toBeUndefined()
    client.updateKey(false)
    exchange(client, server)
    expect(server.failure).toMatchObject({ alert: 10 })
  })

  test('a request is not answered after we have closed', () => {
    const { client, server } = connectedPair()
    server.close()
    sent(server)
    client.updateKey(true)
    server.receive(sent(client))
    expect(server.takeOutgoing()).toEqual([])
    expect(server.failure).toBeUndefined()
  })
})

describe('floods', () => {
  function scripted(): { client: Connection; record: (type: number, content: Buffer) => Buffer } {
    const { client } = unconnectedPair()
    const answer = answerHello(sent(client).subarray(5), serverKeypair, systemEntropy)
    client.receive(Buffer.concat([answer.serverHello, answer.flight]))
    return { client, record: (type, content) => sealRecord(answer.sealing, type, content) }
  }

  test(`at most ${MAX_EMPTY_RECORDS} records in a row may be empty`, () => {
    const { client, record } = scripted()
    const empties = (count: number): void => {
      for (let i = 0; i < count; i++) client.receive(record(RECORD_TYPE.applicationData, Buffer.alloc(0)))
    }
    empties(MAX_EMPTY_RECORDS)
    client.receive(record(RECORD_TYPE.applicationData, Buffer.from('x')))
    empties(MAX_EMPTY_RECORDS)
    expect(client.failure).toBeUndefined()
    empties(1)
    expect(client.failure).toMatchObject({ alert: 10 })
  })

  test('user_canceled is a warning, four times', () => {
    const { client, record } = scripted()
    const warning = Buffer.of(1, 90)
    for (let i = 0; i < 4; i++) client.receive(record(RECORD_TYPE.alert, warning))
    expect(client.failure).toBeUndefined()
    client.receive(record(RECORD_TYPE.alert, warning))
    expect(client.failure).toMatchObject({ alert: 10 })
  })

  test('data between the parts of a handshake message is refused', () => {
    const { client, record } = scripted()
    client.receive(record(RECORD_TYPE.handshake, Buffer.of(24, 0, 0)))
    client.receive(record(RECORD_TYPE.applicationData, Buffer.from('x')))
    expect(client.failure).toMatchObject({ alert: 10 })
  })

  test('padding is taken off, but not without a type before it', () => {
    const { client, record } = scripted()
    // seal() puts the type behind the content: type 0 makes it padding.
    client.receive(record(0, Buffer.from([...Buffer.from('data'), 23, 0, 0])))
    expect(received(client).toString()).toBe('data')
    client.receive(record(0, Buffer.alloc(5)))
    expect(client.failure).toMatchObject({ alert: 10 })
  })
})
