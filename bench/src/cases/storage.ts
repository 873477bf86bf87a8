import { type Case, pattern, request, type Target } from './case.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** Files the random and listing cases choose from. */
const MANY = { quick: 10_000, full: 100_000 }

function url(target: Target, path: string): string {
  return `http://127.0.0.1:${target.port}/storage/${target.user}${path}`
}

async function put(target: Target, path: string, body: Uint8Array): Promise<string> {
  const response = await fetch(url(target, path), {
    method: 'PUT',
    headers: { cookie: target.cookie },
    body: new Uint8Array(body),
  })
  if (response.status !== 201) throw new Error(`PUT ${path}: ${response.status} ${await response.text()}`)
  const stored = await fetch(url(target, path), { method: 'HEAD' })
  return stored.headers.get('etag') ?? ''
}

async function putMany(target: Target, folder: string, count: number, body: Uint8Array): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, index) => `${folder}${String(index).padStart(7, '0')}`)
  let next = 0
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      while (next < paths.length) {
        const path = paths[next++]!
        const response = await fetch(url(target, path), {
          method: 'PUT',
          headers: { cookie: target.cookie },
          body: new Uint8Array(body),
        })
        if (response.status !== 201) throw new Error(`PUT ${path}: ${response.status}`)
        await response.arrayBuffer()
      }
    }),
  )
  return paths
}

let series = 0

function putCase(size: number, connections: number, label: string, bar?: number): Case {
  return {
    name: `PUT ${label}, ${connections} conn`,
    connections,
    size,
    nginx: 'put',
    ...(bar === undefined ? {} : { bar }),
    async prepare(target) {
      const body = pattern(size)
      const folder = `/storage/${target.user}/pub/bench/put-${size}-${connections}-${series++}/`
      const whole = Buffer.from(request('PUT', `${folder}#`, { cookie: target.cookie }, body))
      const split = whole.indexOf('#')
      return {
        requests: { kind: 'numbered', before: whole.subarray(0, split), after: whole.subarray(split + 1), first: 0 },
        status: 201,
      }
    },
  }
}

function getCase(name: string, size: number, connections: number, bar: number): Case {
  return {
    name,
    connections,
    size,
    bar,
    nginx: 'get',
    async prepare(target) {
      const body = pattern(size)
      const path = `/pub/bench/get-${size}`
      await put(target, path, body)
      return {
        requests: { kind: 'cycle', requests: [request('GET', `/storage/${target.user}${path}`, {})] },
        status: 200,
        body,
      }
    },
  }
}

/** The cases of `pnpm bench`, in the order of the table. */
export function storageCases(scale: 'quick' | 'full'): Case[] {
  const many = MANY[scale]
  const folder = `/pub/bench/many/`
  return [
    putCase(KIB, 1, '1 KiB'),
    putCase(KIB, 8, '1 KiB'),
    putCase(KIB, 64, '1 KiB', 0.25),
    getCase('GET 1 KiB hot', KIB, 64, 0.7),
    {
      name: `GET 1 KiB, random of ${many.toLocaleString('en')}`,
      connections: 64,
      size: KIB,
      bar: 0.35,
      async prepare(target) {
        const body = pattern(KIB)
        const paths = await putMany(target, folder, many, body)
        const requests = paths.map((path) => request('GET', `/storage/${target.user}${path}`, {}))
        return { requests: { kind: 'random', requests }, status: 200, body }
      },
    },
    {
      name: 'GET → 304',
      connections: 64,
      size: KIB,
      bar: 0.6,
      async prepare(target) {
        const path = '/pub/bench/validated'
        const etag = await put(target, path, pattern(KIB))
        const bytes = request('GET', `/storage/${target.user}${path}`, { 'if-none-match': etag })
        return { requests: { kind: 'cycle', requests: [bytes] }, status: 304 }
      },
    },
    {
      name: `LIST 100 of ${many.toLocaleString('en')}`,
      connections: 64,
      size: 0,
      bar: 0.18,
      async prepare(target) {
        const bytes = request('GET', `/storage/${target.user}${folder}?limit=100`, {})
        return { requests: { kind: 'cycle', requests: [bytes] }, status: 200 }
      },
    },
    getCase('GET 1 MiB', MIB, 8, 0.45),
    putCase(MIB, 8, '1 MiB'),
  ]
}
