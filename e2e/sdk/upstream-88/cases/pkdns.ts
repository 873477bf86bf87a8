import { Keypair } from '@pubky/sdk'
import { type Case, signedUp } from './case.ts'
import { equal, fails } from './check.ts'

export const pkdns: readonly Case[] = [
  {
    number: '8.9.1',
    title: 'unpublished key',
    async run(place) {
      await fails(() => place.pubky().getHomeserverOf(Keypair.random().publicKey), {
        name: 'PkarrError',
        message: 'no responses',
      })
    },
  },
  {
    number: '8.9.2',
    title: 'after signup',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      equal((await pubky.getHomeserverOf(signer.publicKey))?.z32(), place.homeserver.z32())
      equal((await signer.pkdns.getHomeserver())?.z32(), place.homeserver.z32())
    },
  },
  {
    number: '8.9.3',
    title: 'publish if stale, publish force',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const other = Keypair.random().publicKey
      await signer.pkdns.publishHomeserverIfStale(other)
      equal((await pubky.getHomeserverOf(signer.publicKey))?.z32(), place.homeserver.z32())
      await signer.pkdns.publishHomeserverForce(other)
      equal((await pubky.getHomeserverOf(signer.publicKey))?.z32(), other.z32())
      equal((await place.pubky().getHomeserverOf(signer.publicKey))?.z32(), other.z32())
    },
  },
]
