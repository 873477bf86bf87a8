import { Keypair } from '@pubky/sdk'
import type { Case } from './case.ts'
import { equal } from './check.ts'

export const recovery: readonly Case[] = [
  {
    number: '8.9.4',
    title: 'recovery file',
    async run() {
      const keypair = Keypair.random()
      const file = keypair.createRecoveryFile('very secure password')
      equal(file.length, 91)
      equal(new TextDecoder().decode(file.subarray(0, 19)), 'pubky.org/recovery\n')
      const recovered = Keypair.fromRecoveryFile(file, 'very secure password')
      equal(recovered.publicKey.z32(), keypair.publicKey.z32())
      equal(recovered.secret(), keypair.secret())
    },
  },
]
