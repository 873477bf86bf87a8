import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { internalError } from '../errors/create.ts'

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The platform's roots and those of a PEM bundle. Throws `InternalError` for a bundle that is empty or unusable. */
export function withRootCertificates(pem: string): string[] {
  const blocks = pem.match(PEM) ?? []
  if (blocks.length === 0) throw internalError('rootCertificatesPem holds no certificate')
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch (cause) {
      throw internalError('rootCertificatesPem holds something that is no certificate', cause)
    }
  }
  return [...rootCertificates, ...blocks]
}
