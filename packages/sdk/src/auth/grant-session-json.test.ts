import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PubkyError } from '../errors/pubky-error.ts'
import { readGrantInfos, readGrantSession, readGrantSessionInfo } from './grant-session-json.ts'

const SESSION = {
  homeserver: '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo',
  pubky: 'gcumbhd7sqit6nn457jxmrwqx9pyymqwamnarekgo3xppqo6a19o',
  client_id: 'app.example',
  capabilities: ['/pub/app/:rw'],
  grant_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  token_expires_at: 1_767_229_200,
  grant_expires_at: 1_798_761_600,
  created_at: 1_767_225_600,
}
const GRANT = {
  grant_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  client_id: 'app.example',
  capabilities: '/pub/app/:rw',
  issued_at: 1,
  expires_at: 2,
}

const answer = (value: unknown): Response => new Response(typeof value === 'string' ? value : JSON.stringify(value))

describe('answers of grant endpoints', () => {
  it('are read', async () => {
    expect(await readGrantSession(answer({ token: 't', session: SESSION, more: 1 }))).toEqual({
      token: 't',
      session: SESSION,
    })
    expect(await readGrantSessionInfo(answer(SESSION))).toEqual(SESSION)
    expect(await readGrantInfos(answer([GRANT]))).toEqual([GRANT])
    expect(await readGrantInfos(answer([]))).toEqual([])
  })

  it('that lack a member, or have one of another type, are refused', async () => {
    for (const name of Object.keys(SESSION)) {
      const lacking = { ...SESSION, [name]: undefined }
      const wrong = { ...SESSION, [name]: { toString: 1 } }
      for (const session of [lacking, wrong]) {
        await expect(readGrantSession(answer({ token: 't', session }))).rejects.toMatchObject({
          name: 'RequestError',
          message: expect.stringMatching(/^Request failed: JSON decode error: /),
          data: { kind: 'decode' },
        })
      }
    }
    for (const name of Object.keys(GRANT)) {
      await expect(readGrantInfos(answer([{ ...GRANT, [name]: null }]))).rejects.toMatchObject({ name: 'RequestError' })
    }
  })

  it('never end up in an error message', async () => {
    const error: unknown = await readGrantSession(answer('{"token":"very secret"')).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PubkyError)
    expect(String(error)).not.toContain('secret')
    expect(error).not.toHaveProperty('cause')
  })

  it('of any JSON give a session or this package’s error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        for (const read of [readGrantSession, readGrantSessionInfo, readGrantInfos]) {
          await read(answer(JSON.stringify(value))).catch((error: unknown) => expect(error).toBeInstanceOf(PubkyError))
        }
      }),
    )
  })
})
