import { type KeyObject, sign } from 'node:crypto'

/** The least X.509 certificate that node:tls accepts, in PEM: name "bench", a hundred years, signed by itself. */
export function selfSigned(privateKey: KeyObject, publicKey: KeyObject): string {
  const algorithm = der(0x30, Buffer.from('06032b6570', 'hex'))
  const name = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('bench')))))
  const validity = der(0x30, der(0x17, Buffer.from('250101000000Z')), der(0x18, Buffer.from('21250101000000Z')))
  const version = Buffer.from('a003020102', 'hex')
  const serial = der(0x02, Buffer.of(1))
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const body = der(0x30, version, serial, algorithm, name, validity, name, spki)
  const certificate = der(0x30, body, algorithm, der(0x03, Buffer.of(0), sign(null, body, privateKey)))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const length = content.length < 128 ? [content.length] : [0x82, content.length >>> 8, content.length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}
