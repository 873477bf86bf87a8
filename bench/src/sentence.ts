import type { Verdict } from './bars.ts'
import type { CaseReport } from './report.ts'
import { median } from './statistics.ts'
import { number } from './table.ts'

/** What the run found out, in one sentence that a person can quote; undefined when nothing quotable was measured. */
export function sentenceOf(
  reports: readonly CaseReport[],
  verdicts: readonly Verdict[],
  machine: string,
): string | undefined {
  const parts = CLAIMS.flatMap((claim) => {
    const report = reports.find(({ group, name }) => group === claim.group && name === claim.name)
    return report === undefined ? [] : [claim.say(report)]
  })
  if (parts.length === 0) return undefined
  const last = parts.pop()!
  const isNoisy = verdicts.some(({ verdict }) => verdict === 'noisy')
  return `On ${isNoisy ? 'a busy machine with ' : ''}${machine}, ours ${parts.length === 0 ? last : `${parts.join(', ')}, and ${last}`}.`
}

interface Claim {
  readonly group: string
  readonly name: string
  readonly say: (report: CaseReport) => string
}

const CLAIMS: readonly Claim[] = [
  {
    group: 'homeserver',
    name: 'PUT 1 KiB, 64 conn',
    say: (report) =>
      `stores ${rate(report)} files of 1 KiB a second, each encrypted and flushed to disk before the answer${against(report)}`,
  },
  {
    group: 'homeserver',
    name: 'GET 1 KiB hot',
    say: (report) => `serves ${rate(report)} of them a second${against(report)}`,
  },
  {
    group: 'events',
    name: 'fan-out',
    say: (report) => `delivers ${rate(report)} events a second to its subscribers`,
  },
  {
    group: 'relay',
    name: 'cached GET beside cold look-ups',
    say: (report) => `answers ${rate(report)} cached Pkarr look-ups a second beside cold ones`,
  },
  {
    group: 'tls',
    name: 'full handshake',
    say: (report) => `makes ${rate(report)} PubkyTLS handshakes a second${against(report)}`,
  },
  {
    group: 'sdk',
    name: 'GET 1 KiB',
    say: (report) => `adds ${number((value(report, 'CPU of fetch') - 1) * 100)} % CPU to a fetch in its SDK`,
  },
]

function rate({ ours }: CaseReport): string {
  return number(median(ours.rates))
}

function value({ measures }: CaseReport, name: string): number {
  return median(measures.find((measure) => measure.name === name)?.values ?? [])
}

const PEERS: Readonly<Record<string, string>> = {
  raw: 'a bare Node server that stores nothing',
  nginx: 'nginx, which does neither',
  official: 'the official homeserver',
  'node:tls': 'node:tls',
}

function against({ measures, name }: CaseReport): string {
  const told = measures.flatMap((measure) => {
    const peer = PEERS[measure.name]
    if (peer === undefined || (measure.name === 'nginx' && !name.startsWith('PUT'))) return []
    return [`${median(measure.values).toFixed(2)} × ${peer}`]
  })
  return told.length === 0 ? '' : ` (${told.join('; ')})`
}
