import { describe, expect, test } from 'vitest'
import { Connection } from '../src/connection.ts'
import { EXTENSION, RECORD_TYPE } from '../src/constants.ts'
import { RecordProtection } from '../src/record-protection.ts'
import { ServerHandshake } from '../src/server-handshake.ts'
import { u16, vector8, vector16 } from '../src/writer.ts'
import {
  editHello,
  type HelloParts,
  plainHandshakeRecord,
  plainRecord,
  setExtension,
  splitRecords,
} from './hello-editor.ts'
import { cheapEntropy, connectedPair, fixedEntropy, sent, serverKeypair, unconnectedPair } from './memory.ts'
import { sealRecord } from './scripted-server.ts'
import { hex, vectors } from './vectors.ts'

const { serverNegatives, messages, officialClientHelloShape } = vectors.tls13Rpk
const rightHello = hex(messages.client_hello)

function newServer(): Connection {
  return new Connection({ handshake: new ServerHandshake(serverKeypair, cheapEntropy()), now: () => 0 })
}

function afterHello(edit: (parts: HelloParts) => void): Connection {
  const server = newServer()
  server.receive(plainHandshakeRecord(editHello(rightHello, edit)))
  return server
}

function without(type: number): Connection {
  return afterHello((parts) => setExtension(parts, type, undefined))
}

function having(type: number, content: Buffer): Connection {
  return afterHello((parts) => setExtension(parts, type, content))
}

/** A server that waits for the client's Finished, and the client's handshake key. */
function awaitingFinished(): { server: Connection; clientFlight: Buffer } {
  const { client, server } = unconnectedPair()
  server.receive(sent(client))
  client.receive(sent(server))
  return { server, clientFlight: sent(client) }
}

/** The server of the vectors, waiting for Finished, and a protection with the client's handshake key. */
function knownKeys(): { server: Connection; protection: RecordProtection } {
  const { client_x25519_private, server_x25519_private, server_random } = vectors.tls13Rpk
  const pair = unconnectedPair({
    clientEntropy: fixedEntropy([Buffer.alloc(32, 0xc1), Buffer.alloc(32, 0x5e)], hex(client_x25519_private)),
    serverEntropy: fixedEntropy([hex(server_random)], hex(server_x25519_private)),
  })
  pair.server.receive(hex(vectors.tls13Rpk.wire_writes_in_order[0]?.hex ?? ''))
  // Up to the ServerHello this is the recorded trace, and so the handshake keys are the recorded ones.
  return { server: pair.server, protection: new RecordProtection({ ...AES_128 }, hex(vectors.tls13Rpk.secrets.c_hs)) }
}

const AES_128 = {
  id: 0x1301,
  name: 'TLS_AES_128_GCM_SHA256',
  cipher: 'aes-128-gcm',
  hash: 'sha256',
  hashLength: 32,
  keyLength: 16,
} as const

const groups = (...ids: number[]): Buffer => vector16(...ids.map(u16))
const share = (group: number, value: Buffer): Buffer => Buffer.concat([u16(group), vector16(value)])

/** How each input of the vectors is made. */
const inputs: Readonly<Record<string, () => Connection>> = {
  'no server_certificate_type extension': () => without(EXTENSION.serverCertificateType),
  'server_certificate_type without 2': () => having(EXTENSION.serverCertificateType, vector8(Buffer.of(0))),
  'signature_algorithms without 0807': () => having(EXTENSION.signatureAlgorithms, vector16(u16(0x0403))),
  'no common group': () =>
    afterHello((parts) => {
      setExtension(parts, EXTENSION.supportedGroups, groups(0x0018, 0x0019))
      setExtension(parts, EXTENSION.keyShare, vector16())
    }),
  'no common suite': () =>
    afterHello((parts) => {
      parts.suites = [0xc02b, 0x1304]
    }),
  'supported_versions without 0304': () => having(EXTENSION.supportedVersions, vector8(u16(0x0303))),
  'no signature_algorithms': () => without(EXTENSION.signatureAlgorithms),
  'no supported_groups or no key_share': () => without(EXTENSION.supportedGroups),
  'duplicate extension': () => afterHello((parts) => parts.extensions.push([EXTENSION.serverName, Buffer.alloc(0)])),
  'compression method other than null': () =>
    afterHello((parts) => {
      parts.compressions = Buffer.of(0, 1)
    }),
  'x25519 share all zero (shared secret zero)': () =>
    having(EXTENSION.keyShare, vector16(share(0x001d, Buffer.alloc(32)))),
  'Finished wrong': () => {
    const { server, protection } = knownKeys()
    server.receive(sealRecord(protection, RECORD_TYPE.handshake, hex(`14000020${'00'.repeat(32)}`)))
    return server
  },
  'record ciphertext longer than 16640': () => {
    const { server } = connectedPair()
    server.receive(Buffer.of(RECORD_TYPE.applicationData, 3, 3, 16641 >>> 8, 16641 & 0xff))
    return server
  },
  'bad AEAD tag': () => {
    const { server, clientFlight } = awaitingFinished()
    clientFlight[clientFlight.length - 1]! ^= 1
    server.receive(clientFlight)
    return server
  },
  'application data before Finished': () => {
    const { server, protection } = knownKeys()
    server.receive(sealRecord(protection, RECORD_TYPE.applicationData, Buffer.from('early')))
    return server
  },
  'change_cipher_spec after the handshake': () => {
    const { server } = connectedPair()
    server.receive(hex('140303000101'))
    return server
  },
}

/** What spec 04 §6.9 demands beyond the vectors. */
const more: readonly (readonly [input: string, alert: number, make: () => Connection])[] = [
  ['no key_share', 109, () => without(EXTENSION.keyShare)],
  ['no supported_versions', 70, () => without(EXTENSION.supportedVersions)],
  [
    'pre_shared_key not last',
    47,
    () => afterHello((parts) => parts.extensions.unshift([EXTENSION.preSharedKey, Buffer.alloc(8)])),
  ],
  [
    'two shares for one group',
    47,
    () => {
      const one = share(0x001d, Buffer.alloc(32, 9))
      return having(EXTENSION.keyShare, vector16(one, one))
    },
  ],
  [
    'share for a group that is not in supported_groups',
    47,
    () => having(EXTENSION.keyShare, vector16(share(0x0018, Buffer.alloc(97, 4)))),
  ],
  ['x25519 share of 31 bytes', 47, () => having(EXTENSION.keyShare, vector16(share(0x001d, Buffer.alloc(31, 9))))],
  [
    'P-256 share off the curve',
    47,
    () =>
      afterHello((parts) => {
        setExtension(parts, EXTENSION.supportedGroups, groups(0x0017))
        setExtension(
          parts,
          EXTENSION.keyShare,
          vector16(share(0x0017, Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]))),
        )
      }),
  ],
  [
    'P-256 share in compressed form',
    47,
    () =>
      afterHello((parts) => {
        setExtension(parts, EXTENSION.supportedGroups, groups(0x0017))
        setExtension(parts, EXTENSION.keyShare, vector16(share(0x0017, Buffer.alloc(65, 2))))
      }),
  ],
  [
    'server_name with two host names',
    47,
    () => {
      const name = Buffer.concat([Buffer.of(0), vector16(Buffer.from('a'))])
      return having(EXTENSION.serverName, vector16(name, name))
    },
  ],
  [
    'server_name that is not ASCII',
    47,
    () => having(EXTENSION.serverName, vector16(Buffer.of(0), vector16(Buffer.from('é')))),
  ],
  [
    'server_name of 256 bytes',
    47,
    () => having(EXTENSION.serverName, vector16(Buffer.of(0), vector16(Buffer.alloc(256, 0x61)))),
  ],
  [
    'extension length beyond the block',
    50,
    () => {
      const server = newServer()
      const broken = Buffer.from(rightHello)
      broken.writeUInt16BE(0xffff, broken.length - 36 - 4)
      server.receive(plainHandshakeRecord(broken))
      return server
    },
  ],
  [
    'bytes behind the extensions',
    50,
    () => {
      const server = newServer()
      const longer = Buffer.concat([rightHello, Buffer.alloc(1)])
      longer.writeUIntBE(longer.length - 4, 1, 3)
      server.receive(plainHandshakeRecord(longer))
      return server
    },
  ],
  [
    'session id of 33 bytes',
    50,
    () =>
      afterHello((parts) => {
        parts.sessionId = Buffer.alloc(33)
      }),
  ],
  [
    'ClientHello above 16 KiB',
    50,
    () => {
      const server = newServer()
      server.receive(plainHandshakeRecord(hex('01004001')))
      return server
    },
  ],
  [
    'first message is not ClientHello',
    10,
    () => {
      const server = newServer()
      server.receive(plainHandshakeRecord(hex('0200000100')))
      return server
    },
  ],
  [
    'something behind the ClientHello in its record',
    10,
    () => {
      const server = newServer()
      server.receive(plainHandshakeRecord(Buffer.concat([rightHello, hex('14')])))
      return server
    },
  ],
  [
    'HTTP without TLS',
    10,
    () => {
      const server = newServer()
      server.receive(Buffer.from('GET / HTTP/1.1\r\n'))
      return server
    },
  ],
  [
    'plaintext record above 16384',
    22,
    () => {
      const server = newServer()
      server.receive(hex('1603014001'))
      return server
    },
  ],
  [
    'empty handshake fragment',
    10,
    () => {
      const server = newServer()
      server.receive(hex('1603010000'))
      return server
    },
  ],
  [
    'application data in the clear',
    10,
    () => {
      const server = newServer()
      server.receive(plainRecord(RECORD_TYPE.applicationData, Buffer.from('x')))
      return server
    },
  ],
  [
    'change_cipher_spec before the ClientHello',
    10,
    () => {
      const server = newServer()
      server.receive(hex('140303000101'))
      return server
    },
  ],
  [
    'change_cipher_spec with another content',
    10,
    () => {
      const server = awaitingFinished().server
      server.receive(hex('140303000102'))
      return server
    },
  ],
  [
    'two change_cipher_spec',
    10,
    () => {
      const server = awaitingFinished().server
      server.receive(hex('140303000101140303000101'))
      return server
    },
  ],
  [
    'alert of three bytes',
    50,
    () => {
      const server = newServer()
      server.receive(plainRecord(RECORD_TYPE.alert, hex('022800')))
      return server
    },
  ],
  [
    'handshake message in the clear after the ServerHello',
    10,
    () => {
      const server = awaitingFinished().server
      server.receive(plainHandshakeRecord(hex(`14000020${'00'.repeat(32)}`)))
      return server
    },
  ],
  [
    'Finished of a wrong length',
    50,
    () => {
      const { server, protection } = knownKeys()
      server.receive(sealRecord(protection, RECORD_TYPE.handshake, hex('1400000100')))
      return server
    },
  ],
  [
    'something behind the Finished in its record',
    10,
    () => {
      const { server, protection } = knownKeys()
      server.receive(sealRecord(protection, RECORD_TYPE.handshake, hex(`14000020${'00'.repeat(32)}18`)))
      return server
    },
  ],
  [
    'encrypted record of 16 bytes',
    20,
    () => {
      const server = awaitingFinished().server
      server.receive(plainRecord(RECORD_TYPE.applicationData, Buffer.alloc(16)))
      return server
    },
  ],
]

describe('what a server refuses (spec 04 §6.9)', () => {
  test('each input of the vectors is made here', () => {
    expect(Object.keys(inputs).sort()).toEqual(serverNegatives.map(({ input }) => input).sort())
  })

  test.each(serverNegatives)('$input → $alert', ({ input, alert }) => {
    expect(inputs[input]?.().failure).toMatchObject({ alert })
  })

  test.each(more)('%s → %i', (_input, alert, make) => {
    expect(make().failure).toMatchObject({ alert })
  })

  test('the alert goes out before the ServerHello in the clear, after it encrypted', () => {
    expect(sent(without(EXTENSION.serverCertificateType)).toString('hex')).toBe('15030300020228')
    const { server, protection } = knownKeys()
    sent(server)
    server.receive(sealRecord(protection, RECORD_TYPE.applicationData, Buffer.from('early')))
    const [alert] = splitRecords(sent(server))
    expect(alert).toMatchObject({ type: RECORD_TYPE.applicationData })
    expect(alert?.content).toHaveLength(19)
  })

  test('a failed connection takes nothing more and says nothing more', () => {
    const server = without(EXTENSION.keyShare)
    sent(server)
    server.receive(plainHandshakeRecord(rightHello))
    expect(sent(server)).toHaveLength(0)
    expect(server.result).toBeUndefined()
  })

  test('a refusal of the client in the clear is reported as such', () => {
    const server = awaitingFinished().server
    sent(server)
    server.receive(hex('15030300020230'))
    expect(server.failure).toMatchObject({ code: 'alert-received', alert: 48 })
    expect(sent(server)).toHaveLength(0)
  })
})

describe('what a server accepts', () => {
  test('the official hello with its extensions in any order', () => {
    const message = hex(officialClientHelloShape.recordHex).subarray(5)
    for (let turn = 0; turn < 11; turn++) {
      const server = newServer()
      server.receive(
        plainHandshakeRecord(
          editHello(message, (parts) => {
            parts.extensions.push(...parts.extensions.splice(0, turn))
          }),
        ),
      )
      expect(server.failure).toBeUndefined()
      expect(splitRecords(sent(server)).map(({ type }) => type)).toEqual([22, 20, 23])
    }
  })

  test('no session id: then there is no change_cipher_spec', () => {
    const server = afterHello((parts) => {
      parts.sessionId = Buffer.alloc(0)
    })
    expect(splitRecords(sent(server)).map(({ type }) => type)).toEqual([22, 23])
  })

  test('a hello in pieces of one byte, in records of one byte', () => {
    const server = newServer()
    for (const byte of rightHello) {
      for (const wire of plainHandshakeRecord(Buffer.of(byte))) server.receive(Buffer.of(wire))
    }
    expect(server.failure).toBeUndefined()
    expect(splitRecords(sent(server))).toHaveLength(3)
  })

  test('a large share of an unknown group beside x25519, and GREASE', () => {
    const server = afterHello((parts) => {
      const known = parts.extensions.find(([type]) => type === EXTENSION.keyShare)![1].subarray(2)
      setExtension(parts, EXTENSION.supportedGroups, groups(0x1a1a, 0x11ec, 0x001d))
      setExtension(
        parts,
        EXTENSION.keyShare,
        vector16(share(0x1a1a, Buffer.of(0)), share(0x11ec, Buffer.alloc(1216, 7)), known),
      )
      parts.suites.unshift(0x2a2a)
      parts.extensions.unshift([0x3a3a, Buffer.alloc(0)])
    })
    expect(server.failure).toBeUndefined()
  })
})
