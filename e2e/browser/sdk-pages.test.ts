import { type Address, GrantManager, Keypair, type Signer } from '@pubky/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ServedPages, servePages } from '../../examples/pages.ts'
import { type Chromium, launchChromium, requireChromium } from './chromium.ts'

let pages: ServedPages
let browser: Chromium | undefined

beforeAll(async () => {
  pages = await servePages(0)
})

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await pages[Symbol.asyncDispose]()
})

beforeEach(async (context) => {
  requireChromium(context)
  browser ??= await launchChromium()
})

/** Opens a page; what goes wrong in it fails the test. */
async function open(path: string): Promise<Page> {
  if (browser === undefined) throw new Error('Chromium was not started')
  const page = await browser.context.newPage()
  page.on('pageerror', (error) => {
    throw error
  })
  await page.goto(pages.url + path)
  return page
}

/** Approves what a page asks for by QR, as a new user unless it is somebody else. */
async function approve(page: Page, known?: Signer): Promise<Signer> {
  const link = page.locator('#link[href*="signin_grant"]')
  await page.locator('#qr svg').waitFor()
  const signer = known ?? pages.network.pubky.signer(Keypair.random())
  if (known === undefined) await signer.signup(pages.network.homeserver)
  await signer.approveAuthRequest((await link.getAttribute('href')) ?? '')
  await page.locator('#notes').waitFor({ state: 'visible' })
  return signer
}

describe('the example pages', () => {
  it('notes.html: signs in by QR, writes notes that others read, stays signed in, signs out', async () => {
    const page = await open('notes.html')
    const signer = await approve(page)
    const user = signer.publicKey
    expect(await page.locator('#user').textContent()).toBe(user.toString())
    await page.locator('#text').fill('my first note')
    await page.locator('#save').click()
    await page.locator('#list li').waitFor()
    expect(await page.locator('#list li').textContent()).toBe('my first note')
    const { publicStorage } = pages.network.pubky
    const [note = ''] = await publicStorage.list(`pubky${user.z32()}/pub/notes.example/`)
    expect(await publicStorage.getText(note as Address)).toBe('my first note')
    await page.reload()
    await page.locator('#list li').waitFor()
    expect(await page.locator('#user').textContent()).toBe(user.toString())
    await page.locator('#signout').click()
    await page.locator('#qr svg').waitFor()
    await page.close()
  })

  it('notes.html: signs in anew when its session was ended elsewhere, and keeps the new one', async () => {
    const page = await open('notes.html')
    const signer = await approve(page)
    const manager = new GrantManager(await signer.signin('settings.example'))
    const grants = await manager.list()
    await manager.revoke(grants.find(({ clientId }) => clientId === 'notes.example')?.grantId ?? '')
    await page.reload()
    await approve(page, signer)
    await page.reload()
    await page.locator('#notes').waitFor({ state: 'visible' })
    expect(await page.evaluate('pubky.Pubky.testnet().browserSessionStore.list().then((kept) => kept.length)')).toBe(1)
    await page.locator('#signout').click()
    await page.locator('#qr svg').waitFor()
    await page.close()
  })

  it('2-auth-flow: signs up and in', async () => {
    const page = await open('2-auth-flow/')
    const signer = pages.network.pubky.signer(Keypair.random())
    for (const [button, intent] of [
      ['#signup', 'signup_grant'],
      ['#signin', 'signin_grant'],
    ]) {
      await page.locator(button ?? '').click()
      await page.locator(`#url:has-text("${intent}")`).waitFor()
      await signer.approveAuthRequest((await page.locator('#url').textContent()) ?? '')
      await page.locator('#result:has-text("may do /pub/auth-flow.example/:rw")').waitFor()
    }
    expect(await page.locator('#result').textContent()).toContain(signer.publicKey.toString())
    await page.close()
  })

  it('5-browser-session-persistence: keeps two accounts', async () => {
    const page = await open('5-browser-session-persistence/')
    for (const count of [1, 2]) {
      await page.locator('#add').click()
      await page.locator(`#accounts li:nth-child(${count})`).waitFor()
    }
    await page.reload()
    await page.locator('#accounts li:nth-child(2)').waitFor()
    await page.locator('#accounts li:nth-child(2) button:has-text("Use")').click()
    await page.locator('#result:has-text("wrote as pubky")').waitFor()
    await page.locator('#accounts li:nth-child(1) button:has-text("Forget")').click()
    await page.locator('#accounts li:nth-child(2)').waitFor({ state: 'detached' })
    await page.locator('#clear').click()
    await page.locator('#accounts li').waitFor({ state: 'detached' })
    await page.close()
  })
})
