import { parseArgs } from 'node:util'
import { HttpTarget } from './harness/http-target.ts'
import { fixedObstacle } from './harness/lab.ts'
import { ALL_ITEMS } from './items/all.ts'

const HELP = `Checks any homeserver against the acceptance list of the client API (269 items).

Usage: pnpm conformance --url URL --pubky KEY [options]

  --url URL            the client API over HTTP, e.g. http://localhost:6286
  --pubky KEY          key of the homeserver, 52 characters of z-base-32
  --admin URL          the operator's API; without it some items are skipped, and sign-up must be open
  --password PASSWORD  its password (default: admin)
  --tls HOST:PORT      PubkyTLS, e.g. 127.0.0.1:6287
  --metrics URL        the metrics listener
  --official           leave out what only this implementation does better
  --only N[,N…]        only these items
  --help               this text

The server should have open sign-up and no request limits. Exit code 0 when nothing failed.`

const values = readOptions()
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
if (values.url === undefined || values.pubky === undefined) refuse('--url and --pubky are needed')
if (!URL.canParse(values.url) || new URL(values.url).protocol !== 'http:') {
  refuse(`--url takes http://…, because the suite looks at raw HTTP; not '${values.url}'`)
}

const [tlsHost, tlsPort] = values.tls?.split(':') ?? []
const target = new HttpTarget({
  url: values.url,
  pubky: values.pubky,
  official: values.official,
  admin: values.admin === undefined ? undefined : { url: values.admin, password: values.password },
  tls: tlsHost === undefined ? undefined : { host: tlsHost, port: Number(tlsPort) },
  metrics: values.metrics,
})
const only = values.only?.split(',').map(Number)

const failures: string[] = []
const skips: string[] = []
let passed = 0
for (const item of ALL_ITEMS) {
  if (only !== undefined && !only.includes(item.number)) continue
  const label = `${item.number}. ${item.title}`
  const obstacle = item.better && values.official ? 'only our better behaviour' : fixedObstacle(item, target)
  if (obstacle !== undefined) {
    skips.push(`${label}: ${obstacle}`)
    continue
  }
  try {
    await item.run(target)
    passed++
    console.log(`ok    ${label}`)
  } catch (error) {
    const message = (error as Error).message.split('\n').slice(0, 3).join(' ')
    failures.push(`${label}: ${message}`)
    console.log(`FAIL  ${label}\n      ${message}`)
  }
}

for (const [title, lines] of [
  ['Skipped', skips],
  ['Failed', failures],
] as const) {
  if (lines.length > 0) console.log(`\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}
console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`)
process.exit(failures.length === 0 ? 0 : 1)

function readOptions() {
  try {
    return parseArgs({
      // `pnpm conformance -- --url …` hands the separator on.
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
      options: {
        url: { type: 'string' },
        pubky: { type: 'string' },
        admin: { type: 'string' },
        password: { type: 'string', default: 'admin' },
        tls: { type: 'string' },
        metrics: { type: 'string' },
        official: { type: 'boolean', default: false },
        only: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function refuse(reason: string): never {
  console.error(`conformance: ${reason}\nTry 'pnpm conformance --help'.`)
  process.exit(2)
}
