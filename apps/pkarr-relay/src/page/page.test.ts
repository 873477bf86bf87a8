import { type DnsRecord, encodeServiceParameters, txtStrings } from '@pubky/pkarr'
import { describe, expect, it } from 'vitest'
import { html } from './html.ts'
import { duration, percent, shortCount } from './numbers.ts'
import { recordType, recordValue } from './record-text.ts'

describe('HTML', () => {
  it('escapes texts and keeps pieces of HTML', () => {
    const piece = html`<b>${'<&>"\''}</b>`
    expect(String(html`${piece}${[piece, piece]}${1}`)).toBe(`${'<b>&lt;&amp;&gt;&quot;&#39;</b>'.repeat(3)}1`)
  })
})

describe('numbers', () => {
  it.each([
    [950, '950'],
    [1_234, '1.2K'],
    [34_500_000, '34.5M'],
    [1_000_000_000, '1.0B'],
  ])('%i is %s', (value, text) => {
    expect(shortCount(value)).toBe(text)
  })

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3_725, '1 h 2 min'],
    [3_600, '1 h'],
    [90_000, '1 d 1 h'],
  ])('%i seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  it('shares of nothing are nothing', () => {
    expect([percent(1, 3), percent(0, 0)]).toEqual(['33.33%', '0.00%'])
  })
})

describe('records', () => {
  const base = { name: 'a', ttl: 1 }
  const params = encodeServiceParameters({ port: 6287, ipv4hint: ['1.2.3.4', '5.6.7.8'] })
  params.set(99, Uint8Array.of(1, 2))
  const cases: readonly (readonly [DnsRecord, string])[] = [
    [{ ...base, type: 'A', address: '1.2.3.4' }, 'A 1.2.3.4'],
    [{ ...base, type: 'CNAME', target: 'b.example' }, 'CNAME b.example'],
    [{ ...base, type: 'TXT', strings: txtStrings('say "hi"') }, 'TXT "say \\"hi\\""'],
    [
      { ...base, type: 'HTTPS', priority: 1, target: '.', params },
      'HTTPS 1 . port=6287 ipv4hint=1.2.3.4,5.6.7.8 key99=0x0102',
    ],
    [{ ...base, type: 'MX', preference: 5, exchange: 'm.example' }, 'MX 5 m.example'],
    [{ ...base, type: 'SRV', priority: 1, weight: 2, port: 3, target: 't' }, 'SRV 1 2 3 t'],
    [
      { ...base, type: 'SOA', primary: 'p', mailbox: 'm', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      'SOA p m 1 2 3 4 5',
    ],
    [{ ...base, type: 'OTHER', code: 257, data: Uint8Array.of(255) }, 'TYPE257 0xff'],
    [{ ...base, type: 'OTHER', code: 1, data: new Uint8Array() }, 'TYPE1 (empty)'],
  ]
  it.each(cases)('%o', (record, text) => {
    expect(`${recordType(record)} ${recordValue(record)}`).toBe(text)
  })
})
