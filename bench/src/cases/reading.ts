import type { ExpectedAnswer } from '../load/job.ts'
import { authToken, type Target } from '../servers/sign-up.ts'
import type { Case, Work } from './case.ts'
import { fill, getRequest, numbered, numberedName, pattern, putRequest, request, storagePath } from './requests.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SMALL = pattern(KIB)
const MANY = '/pub/bench/many/'
const TREE = '/pub/bench/tree/'

async function put(target: Target, path: string, body: Uint8Array): Promise<string> {
  const address = `http://127.0.0.1:${target.port}${storagePath(target, path)}`
  const stored = await fetch(address, {
    method: 'PUT',
    headers: { cookie: target.cookie },
    body: new Uint8Array(body),
  })
  if (stored.status !== 201) throw new Error(`PUT ${path}: ${stored.status} ${await stored.text()}`)
  const known = await fetch(address, { method: 'HEAD' })
  return known.headers.get('etag') ?? ''
}

/** One request over and over. */
function again(sample: Uint8Array, answer: ExpectedAnswer): Work {
  return { source: { kind: 'cycle', requests: [sample], answer }, samples: [sample] }
}

function getCase(name: string, size: number, connections: number): Case {
  const body = pattern(size)
  const path = `/pub/bench/get-${size}`
  return {
    name,
    connections,
    nginx: { method: 'GET', size },
    async prepare(target) {
      await put(target, path, body)
      return again(getRequest(target, path), { status: 200, body })
    },
  }
}

const random: Case = {
  name: 'GET 1 KiB random',
  connections: 64,
  async prepare(target, client, { files }) {
    await fill(client, target, `${MANY}#`, files, SMALL)
    const source = numbered(getRequest(target, `${MANY}#`), { status: 200, body: SMALL })
    return { source: { ...source, among: files }, samples: [getRequest(target, `${MANY}000000000000`)] }
  },
}

const notModified: Case = {
  name: 'GET → 304',
  connections: 64,
  async prepare(target) {
    const etag = await put(target, '/pub/bench/validated', SMALL)
    return again(getRequest(target, '/pub/bench/validated', { 'if-none-match': etag }), { status: 304 })
  },
}

const head: Case = {
  name: 'HEAD',
  connections: 64,
  async prepare(target) {
    await put(target, '/pub/bench/headed', SMALL)
    return again(request('HEAD', storagePath(target, '/pub/bench/headed')), { status: 200, isBodiless: true })
  },
}

/** One page over and over: our server keeps it as it was sent, so this is what a page that is asked for often costs. */
const list: Case = {
  name: 'LIST 100',
  connections: 64,
  async prepare(target, client, { files }) {
    await fill(client, target, `${MANY}#`, files, SMALL)
    return again(getRequest(target, `${MANY}?limit=100`), { status: 200 })
  },
}

/** Full pages that start anywhere: far more of them than our server keeps, so each is read from the index. */
const listAnywhere: Case = {
  name: 'LIST 100 anywhere',
  connections: 64,
  async prepare(target, client, { files }) {
    await fill(client, target, `${MANY}#`, files, SMALL)
    const page = (name: string) => getRequest(target, `${MANY}?limit=100&cursor=${target.user}${MANY}${name}`)
    const source = numbered(page('#'), { status: 200 })
    return { source: { ...source, among: files - 100 }, samples: [page(numberedName(0))] }
  },
}

const listShallow: Case = {
  name: 'LIST 100 folders, shallow',
  connections: 64,
  async prepare(target, client, { prepared }) {
    await fill(client, target, `${TREE}#/leaf`, prepared, SMALL)
    return again(getRequest(target, `${TREE}?limit=100&shallow=true`), { status: 200 })
  },
}

const mixed: Case = {
  name: 'GET 9 : PUT 1, latency of GET',
  connections: 64,
  async prepare(target, client, { prepared }) {
    const folder = '/pub/bench/mixed/'
    await fill(client, target, `${folder}read-#`, prepared, SMALL)
    const often = numbered(getRequest(target, `${folder}read-#`), { status: 200, body: SMALL })
    const seldom = numbered(putRequest(target, `${folder}written-#`, SMALL), { status: 201 })
    return {
      source: { kind: 'mixed', period: 10, often: { ...often, among: prepared }, seldom },
      samples: [getRequest(target, `${folder}read-000000000000`), putRequest(target, '/pub/bench/sample', SMALL)],
    }
  },
}

const signIn: Case = {
  name: 'sign-in with cookie',
  connections: 16,
  usesPrepared: true,
  async prepare(target, _client, { prepared, rounds }) {
    const proofs = Array.from({ length: prepared * rounds }, () => signInRequest(target))
    return { source: { kind: 'cycle', requests: proofs, answer: { status: 200 } }, samples: [signInRequest(target)] }
  },
}

function signInRequest(target: Target): Buffer {
  return request('POST', '/session', {}, authToken(target.keypair))
}

/** Cases that read, or do not touch files at all. */
export const READING: readonly Case[] = [
  getCase('GET 1 KiB hot', KIB, 64),
  random,
  notModified,
  head,
  list,
  listAnywhere,
  listShallow,
  getCase('GET 64 KiB', 64 * KIB, 16),
  getCase('GET 1 MiB', MIB, 8),
  mixed,
  signIn,
]
