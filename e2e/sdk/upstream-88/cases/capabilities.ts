import { validateCapabilities } from '@pubky/sdk'
import type { Case } from './case.ts'
import { contains, equal, fails } from './check.ts'

async function invalidEntries(input: string): Promise<unknown> {
  const error = await fails(() => validateCapabilities(input), { name: 'InvalidInput' })
  const { data } = error
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'invalidEntries') : undefined
}

export const capabilities: readonly Case[] = [
  {
    number: '8.4.1',
    title: 'valid lists are normalised',
    async run() {
      equal(validateCapabilities('/pub/a/:wr,/priv/b/:r'), '/pub/a/:rw,/priv/b/:r')
      equal(validateCapabilities(''), '')
    },
  },
  {
    number: '8.4.2',
    title: 'the first invalid entry is reported',
    async run() {
      const error = await fails(() => validateCapabilities('/pub/a/:rw,/x:y,/z:q'), { name: 'InvalidInput' })
      equal(error.data, { invalidEntries: ['/x:y'] })
      contains(error.message, '/x:y')
    },
  },
  {
    number: '8.4.3',
    title: 'malformed lists',
    async run() {
      equal(await invalidEntries('/pub/a/:'), ['/pub/a/:'])
      for (const list of [',/pub/a/:r', '/pub/a/:r,', '/pub/a/:r,,/pub/b/:r']) equal(await invalidEntries(list), [''])
    },
  },
  {
    number: '8.4.4',
    title: 'non-canonical scopes',
    async run() {
      for (const scope of ['/pub//a/', '/pub/./a/', '/pub/../a/', '/pub:a/']) await invalidEntries(`${scope}:r`)
    },
  },
]
