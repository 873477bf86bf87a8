import { hexEncode } from '@pubky/crypto'
import { type DnsRecord, decodeServiceParameters, SERVICE_PARAMETER, txtText } from '@pubky/pkarr'

/** Type of a record, such as `HTTPS` or `TYPE257`. */
export function recordType(record: DnsRecord): string {
  return record.type === 'OTHER' ? `TYPE${record.code}` : record.type
}

/** Value of a record in the manner of zone files. */
export function recordValue(record: DnsRecord): string {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return record.address
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return record.target
    case 'TXT':
      return JSON.stringify(txtText(record))
    case 'SVCB':
    case 'HTTPS':
      return [record.priority, record.target, ...parameterTexts(record.params)].join(' ')
    case 'MX':
      return `${record.preference} ${record.exchange}`
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
    case 'SOA': {
      const { primary, mailbox, serial, refresh, retry, expire, minimum } = record
      return [primary, mailbox, serial, refresh, retry, expire, minimum].join(' ')
    }
    case 'OTHER':
      return record.data.length === 0 ? '(empty)' : `0x${hexEncode(record.data)}`
  }
}

function parameterTexts(params: ReadonlyMap<number, Uint8Array>): string[] {
  const known = decodeServiceParameters(params)
  const texts = Object.entries(known).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : value}`,
  )
  const numbers: Readonly<Record<string, number>> = SERVICE_PARAMETER
  const shown = new Set(Object.keys(known).map((name) => numbers[name]))
  const others = [...params].filter(([number]) => !shown.has(number))
  return [...texts, ...others.map(([number, value]) => `key${number}=0x${hexEncode(value)}`)]
}
