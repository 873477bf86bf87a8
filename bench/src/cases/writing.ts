import type { Target } from '../servers/sign-up.ts'
import type { Case, Work } from './case.ts'
import { fill, numbered, pattern, putRequest, request, storagePath } from './requests.ts'
import { countListed, verifyWritten } from './verify.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SMALL = pattern(KIB)
/** Files that the overwriting case goes round. */
const OVERWRITTEN = 1_000

function putCase(name: string, size: number, connections: number): Case {
  const body = pattern(size)
  const folder = `/pub/bench/put-${size}-${connections}/`
  return {
    name,
    connections,
    nginx: { method: 'PUT', size },
    async prepare(target) {
      return {
        source: numbered(putRequest(target, `${folder}#`, body), { status: 201 }),
        samples: [putRequest(target, '/pub/bench/sample', body)],
        verify: (answered) => verifyWritten(target, folder, answered, body),
      }
    },
  }
}

const overwrite: Case = {
  name: 'overwrite 1 KiB',
  connections: 64,
  async prepare(target, client) {
    const folder = '/pub/bench/overwritten/'
    await fill(client, target, `${folder}#`, OVERWRITTEN, pattern(KIB - 1))
    // Every file gets its last content before the samples are read.
    await fill(client, target, `${folder}#`, OVERWRITTEN, SMALL)
    return {
      source: { ...numbered(putRequest(target, `${folder}#`, SMALL), { status: 201 }), among: OVERWRITTEN },
      samples: [putRequest(target, '/pub/bench/sample', SMALL)],
      verify: (answered) => verifyWritten(target, folder, answered + 2 * OVERWRITTEN, SMALL, OVERWRITTEN),
    }
  },
}

const remove: Case = {
  name: 'DELETE',
  connections: 64,
  usesPrepared: true,
  async prepare(target, client, plan): Promise<Work> {
    const folder = '/pub/bench/deleted/'
    const count = plan.prepared * plan.rounds
    await fill(client, target, `${folder}#`, count, SMALL)
    await fill(client, target, '/pub/bench/sample-#', 1, SMALL)
    return {
      source: numbered(deleteRequest(target, `${folder}#`), { status: 204 }),
      samples: [deleteRequest(target, '/pub/bench/sample-000000000000')],
      async verify(answered) {
        const left = await countListed(target, folder)
        if (left !== count - answered) throw new Error(`${answered} of ${count} files deleted, ${left} are listed`)
        return `${left} of ${count} left`
      },
    }
  },
}

function deleteRequest(target: Target, path: string): Buffer {
  return request('DELETE', storagePath(target, path), { cookie: target.cookie })
}

/** Cases that change what is stored. */
export const WRITING: readonly Case[] = [
  putCase('PUT 1 KiB, 1 conn', KIB, 1),
  putCase('PUT 1 KiB, 8 conn', KIB, 8),
  putCase('PUT 1 KiB, 64 conn', KIB, 64),
  overwrite,
  putCase('PUT 64 KiB', 64 * KIB, 16),
  putCase('PUT 1 MiB', MIB, 8),
  remove,
]
