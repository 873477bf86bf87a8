import { describe, expect, test } from 'vitest'
import { CIPHER_SUITES } from '../src/cipher-suites.ts'
import { ClientHandshake } from '../src/client-handshake.ts'
import { Connection } from '../src/connection.ts'
import { RECORD_TYPE } from '../src/constants.ts'
import { encodeKeyUpdate } from '../src/messages.ts'
import { RecordProtection } from '../src/record-protection.ts'
import { ServerHandshake } from '../src/server-handshake.ts'
import { editHello, plainHandshakeRecord, setExtension, splitRecords } from './hello-editor.ts'
import { cheapEntropy, SERVERNAME, sent, serverKeypair } from './memory.ts'
import { memoryInUse } from './memory-in-use.ts'
import { mutate, seededRandom } from './mutations.ts'
import { answerHello, sealRecord } from './scripted-server.ts'
import { hex, vectors } from './vectors.ts'

const CLIENT_HELLOS = 60_000
const SERVER_FLIGHTS = 40_000
const RECORDS = 5_000
/** No answer to one bad input may be larger. */
const MOST_OUTPUT = 1024
const TIMEOUT = 240_000

const entropy = { ...cheapEntropy(), randomBytes: (length: number) => Buffer.alloc(length, 7) }
const { tls13Rpk, tls_captured: captured } = vectors

function newServer(): Connection {
  return new Connection({ handshake: new ServerHandshake(serverKeypair, entropy), now: () => 0 })
}

function newClient(): Connection {
  const target = { serverKeys: [serverKeypair.publicKey], servername: SERVERNAME }
  return new Connection({ handshake: new ClientHandshake(target, entropy), now: () => 0 })
}

/** What every connection owes us, whatever it was fed: an answer of bounded size, and an alert if it is over. */
function judge(connection: Connection, tally: Map<string, number>): void {
  const { failure } = connection
  const outcome = failure ? `${failure.code} ${failure.alert ?? '-'}` : 'none'
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
  if (failure?.code === 'internal-error') throw failure
  const output = sent(connection)
  if (output.length > MOST_OUTPUT) throw new Error(`${output.length} bytes of output`)
  const saysWhy = failure?.alert !== undefined && failure.code !== 'alert-received'
  if (
    saysWhy &&
    !splitRecords(output).some(({ type }) => type === RECORD_TYPE.alert || type === RECORD_TYPE.applicationData)
  ) {
    throw new Error(`no alert for ${outcome}`)
  }
}

describe('mutations end in success or an alert, without a foreign error, a hang or growth', () => {
  test(`${CLIENT_HELLOS} ClientHellos`, { timeout: TIMEOUT }, () => {
    const random = seededRandom(1)
    const ours = hex(tls13Rpk.messages.client_hello)
    const seeds = [
      ours,
      hex(tls13Rpk.officialClientHelloShape.recordHex).subarray(5),
      ...captured.clientHellos.map((hello) => hex(hello.hex).subarray(5)),
      // Resumption: with pre_shared_key.
      hex(captured.handshakes[1]!.flow[0]!.hex).subarray(5),
      // Without a share: answered by HelloRetryRequest.
      editHello(ours, (parts) => setExtension(parts, 51, hex('0000'))),
    ]
    const tally = new Map<string, number>()
    for (let i = 0; i < CLIENT_HELLOS; i++) {
      const server = newServer()
      const seed = seeds[i % seeds.length]!
      // Two thirds keep the record layer right, one third does not.
      server.receive(
        i % 3 === 0
          ? mutate(plainHandshakeRecord(seed), random)
          : plainHandshakeRecord(fixLength(mutate(seed, random), i)),
      )
      judge(server, tally)
    }
    for (const outcome of ['none', 'protocol-violation 47', 'protocol-violation 50', 'no-agreement 40']) {
      expect(tally.get(outcome), outcome).toBeGreaterThan(100)
    }
  })

  test(`${SERVER_FLIGHTS} server flights`, { timeout: TIMEOUT }, () => {
    const random = seededRandom(2)
    // With fixed randomness every handshake has the same keys.
    const hello = sent(newClient()).subarray(5)
    let plain = Buffer.alloc(0)
    const secrets: Buffer[] = []
    const answer = answerHello(hello, serverKeypair, entropy, {
      cut: (flight) => {
        plain = Buffer.from(flight)
        return [flight]
      },
      onSecret: (secret) => secrets.push(Buffer.from(secret)),
    })
    const right = Buffer.concat([answer.serverHello, answer.flight])
    const tally = new Map<string, number>()
    for (let i = 0; i < SERVER_FLIGHTS; i++) {
      const client = newClient()
      sent(client)
      if (i % 4 === 0) {
        client.receive(mutate(right, random))
      } else if (i % 4 === 1) {
        client.receive(plainHandshakeRecord(fixLength(mutate(answer.serverHello.subarray(5), random), i)))
      } else {
        const protection = new RecordProtection(CIPHER_SUITES[0]!, Buffer.from(secrets[0]!))
        const flight = mutate(plain, random).subarray(0, 16_384)
        client.receive(Buffer.concat([answer.serverHello, sealRecord(protection, RECORD_TYPE.handshake, flight)]))
      }
      judge(client, tally)
    }
    for (const outcome of [
      'none',
      'protocol-violation 10',
      'protocol-violation 50',
      'protocol-violation 51',
      'wrong-key 42',
    ]) {
      expect(tally.get(outcome), outcome).toBeGreaterThan(100)
    }
  })

  test(`${RECORDS} runs of records after the handshake`, { timeout: TIMEOUT }, () => {
    const random = seededRandom(3)
    const hello = sent(newClient()).subarray(5)
    const secrets: Buffer[] = []
    const answer = answerHello(hello, serverKeypair, entropy, {
      onSecret: (secret) => secrets.push(Buffer.from(secret)),
    })
    const tally = new Map<string, number>()
    for (let i = 0; i < RECORDS; i++) {
      const client = newClient()
      client.receive(Buffer.concat([answer.serverHello, answer.flight]))
      sent(client)
      const sealing = new RecordProtection(CIPHER_SUITES[0]!, Buffer.from(secrets[1]!))
      for (let count = 1 + random(4); count > 0; count--) {
        const type = 20 + random(5)
        const content = random(2) === 0 ? encodeKeyUpdate(random(2) === 0) : Buffer.alloc(random(30), random(256))
        const record = sealRecord(sealing, type, content)
        client.receive(random(8) === 0 ? mutate(record, random) : record)
      }
      client.takeIncoming()
      judge(client, tally)
    }
    expect(tally.get('none')).toBeGreaterThan(100)
    expect(tally.get('protocol-violation 10')).toBeGreaterThan(100)
  })

  test('memory does not grow with bad handshakes', { timeout: TIMEOUT }, async () => {
    const random = seededRandom(4)
    const seed = plainHandshakeRecord(hex(tls13Rpk.messages.client_hello))
    const run = (): void => {
      for (let i = 0; i < 3000; i++) newServer().receive(mutate(seed, random))
    }
    run()
    const before = await memoryInUse()
    run()
    expect((await memoryInUse()) - before).toBeLessThan(2 ** 20)
  })

  test('a record that never comes whole costs what has arrived, not what was promised', async () => {
    const before = await memoryInUse()
    const servers = Array.from({ length: 1000 }, () => {
      const server = newServer()
      server.receive(Buffer.of(22, 3, 1, 0x40, 0, 1))
      return server
    })
    expect(((await memoryInUse()) - before) / servers.length).toBeLessThan(8192)
  })
})

/** Makes the length of a mutated handshake message right again, most of the time. */
function fixLength(message: Buffer, turn: number): Buffer {
  if (message.length < 4 || turn % 8 === 0) return message.length > 0 ? message.subarray(0, 16_384) : Buffer.of(1)
  const fixed = Buffer.from(message.subarray(0, 16_384))
  fixed.writeUIntBE(fixed.length - 4, 1, 3)
  return fixed
}
