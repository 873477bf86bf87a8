import { Client } from '@pubky/sdk'
import type { Case } from './case.ts'
import { fails, ok } from './check.ts'

const RELAYS = ['http://localhost:15412/relay']

export const constructorCases: readonly Case[] = [
  {
    number: '8.5.1',
    title: 'new Client()',
    async run() {
      ok(new Client(), 'a client')
    },
  },
  {
    number: '8.5.2',
    title: 'relays and time-out',
    async run() {
      ok(new Client({ pkarr: { relays: RELAYS, requestTimeout: 1000 } }), 'a client')
    },
  },
  {
    number: '8.5.3',
    title: 'relays only',
    async run() {
      ok(new Client({ pkarr: { relays: RELAYS } }), 'a client')
    },
  },
  {
    number: '8.5.4',
    title: 'negative time-out',
    async run() {
      await fails(() => new Client({ pkarr: { requestTimeout: -1000 } }))
    },
  },
]
