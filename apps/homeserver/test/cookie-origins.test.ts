/** Whose pages may use a visitor's session cookie. */
import { expect, it } from 'vitest'
import { bearerOf } from './support/grants.ts'
import { startHomeserver } from './support/homeserver.ts'

const FRIEND = 'https://app.example'
const STRANGER = 'https://evil.example'

it('is everybody unless origins are named', async () => {
  await using homeserver = await startHomeserver()
  const user = await homeserver.signUp()
  const answer = await user.send('/pub/x', { method: 'PUT', body: 'x', headers: { origin: STRANGER } })
  expect(answer.status).toBe(201)
})

it('can be narrowed to named origins, and the server itself', async () => {
  await using homeserver = await startHomeserver({ drive: { cookie_origins: [FRIEND] } })
  const user = await homeserver.signUp()
  const put = async (headers: Record<string, string>) =>
    (await user.send('/pub/x', { method: 'PUT', body: 'x', headers })).status
  expect(await put({ origin: FRIEND })).toBe(201)
  expect(await put({ origin: 'http://localhost' })).toBe(201)
  expect(await put({})).toBe(201)
  expect(await put({ origin: STRANGER })).toBe(401)
  expect(await put({ origin: 'null' })).toBe(401)
  for (const site of ['cross-site', 'same-site']) expect(await put({ 'sec-fetch-site': site })).toBe(401)
  for (const site of ['same-origin', 'none']) expect(await put({ 'sec-fetch-site': site })).toBe(201)
  expect(await put({ origin: FRIEND, 'sec-fetch-site': 'cross-site' })).toBe(201)
  expect(await put({ origin: STRANGER, ...(await bearerOf(homeserver, user)) })).toBe(201)
  const query = `user=${user.z32}&path=/priv/`
  const headers = { cookie: user.cookie, origin: STRANGER }
  expect((await homeserver.send(`/events-stream?${query}`, { headers })).status).toBe(401)
})

it('can leave out the scripts of websites', async () => {
  await using homeserver = await startHomeserver({ drive: { website_cookies: false } })
  const user = await homeserver.signUp()
  const at = async (host: string) =>
    (await homeserver.send('/session', { headers: { host, 'pubky-host': user.z32, cookie: user.cookie } })).status
  expect(await at(user.z32)).toBe(401)
  expect(await at(`blog.${user.z32}`)).toBe(401)
  expect(await at('localhost')).toBe(200)
})

it('is nobody when it comes to deleting the account', async () => {
  await using homeserver = await startHomeserver()
  const user = await homeserver.signUp()
  const remove = async (headers: Record<string, string>) => {
    const answer = await homeserver.send('/auth/account', {
      method: 'DELETE',
      body: JSON.stringify({ confirm: user.z32 }),
      headers: { 'content-type': 'application/json', 'pubky-host': user.z32, ...headers },
    })
    return answer.status
  }
  expect(await remove({ cookie: user.cookie, origin: STRANGER })).toBe(403)
  expect(await remove({ cookie: user.cookie })).toBe(204)
})
