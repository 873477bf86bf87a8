import { cryptoVectorGroups } from '../../crypto/test/crypto-vectors.ts'
import { runVectorGroups, type VectorResult } from '../../crypto/test/vector-groups.ts'
import { protocolVectorGroups } from './protocol-vectors.ts'

/** Every vector of spec 01. */
function runAllVectors(): Promise<VectorResult[]> {
  return runVectorGroups([...cryptoVectorGroups(), ...protocolVectorGroups()])
}

// Bundled into a page, where the test calls it by name.
Object.assign(globalThis, { runAllVectors })
