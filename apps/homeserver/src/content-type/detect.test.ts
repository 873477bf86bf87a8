import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectByExtensionFirst, detectContentType } from './detect.ts'
import { SIGNATURES } from './signatures.ts'

const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))
const hex = (text: string) => Uint8Array.from(text.split(' '), (b) => Number.parseInt(b, 16))
/** Parts placed at offsets, zero elsewhere. */
function at(size: number, ...parts: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const bytes = new Uint8Array(size)
  for (const [offset, part] of parts) bytes.set(part, offset)
  return bytes
}
const PK = hex('50 4B 03 04')
const OLE = hex('D0 CF 11 E0 A1 B1 1A E1')
const entry = (name: string) => at(30 + name.length, [0, PK], [30, ascii(name)])
const concat = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
function compound(classId: string): Uint8Array {
  return at(
    2048,
    [0, OLE],
    [26, hex('03 00')],
    [30, hex('09 00')],
    [48, hex('01 00 00 00')],
    [1024 + 66, hex('05')],
    [1024 + 80, hex(classId)],
  )
}
const ooxml = (folder: string) =>
  concat(
    entry('[Content_Types].xml'),
    new Uint8Array(60),
    entry('_rels/.rels'),
    entry(`${folder}a.xml`),
    new Uint8Array(30),
    entry(`${folder}document.xml`),
  )

describe('the table of spec 02 §10.6', () => {
  it.each([
    ['/pub/foo', hex('89 50 4E 47 0D 0A 1A 0A'), 'image/png'],
    ['/pub/text.txt', ascii('lorem ipsum'), 'text/plain'],
    ['/pub/foo.txt', hex('00 01 02 03 04'), 'text/plain'],
    ['/pub/data/roundtrip.json', ascii('{"a":1}'), 'application/json'],
    ['/pub/x', ascii('anything'), 'application/octet-stream'],
    ['/pub/a.svg', ascii('<?xml version="1.0"?><svg xmlns="x"></svg>'), 'text/xml'],
    ['/pub/a.svg', ascii('<svg xmlns="x"></svg>'), 'image/svg+xml'],
    ['/pub/notes.txt', ascii('<p>hi</p>'), 'text/html'],
    ['/pub/app.apk', PK, 'application/zip'],
    ['/pub/list.txt', ascii('BMW, Audi'), 'image/bmp'],
    ['/pub/notes.txt', ascii(`${' '.repeat(500)}%PDF-1.4`), 'application/pdf'],
    ['/pub/notes.txt', ascii(`${'x'.repeat(1021)}%PDF-1.4`), 'text/plain'],
    ['/pub/clip', at(200, [0, hex('1A 45 DF A3')]), 'application/octet-stream'],
    ['/pub/clip.webm', at(200, [0, hex('1A 45 DF A3')]), 'video/webm'],
    ['/pub/website/_/page.html', ascii('<!DOCTYPE html>x'), 'text/html'],
    ['/pub/website/_/style.css', ascii('a{}'), 'text/css'],
    ['/pub/website/_/app.js', ascii('x=1'), 'text/javascript'],
    ['/pub/website/_/app.mjs', ascii('x=1'), 'application/javascript'],
    ['/pub/website/_/app.wasm', ascii('x'), 'application/wasm'],
    ['/pub/short.ics', ascii('070701'), 'text/calendar'],
  ])('%s', (path, head, type) => {
    expect(detectContentType(path, head)).toBe(type)
  })
})

describe('extensions', () => {
  it.each([
    ['/pub/.gitignore', 'application/octet-stream'],
    ['/pub/.json', 'application/octet-stream'],
    ['/pub/.a.json', 'application/json'],
    ['/pub/a.JSON', 'application/json'],
    ['/pub/a.json/b', 'application/octet-stream'],
    ['/pub/a.', 'application/octet-stream'],
    ['/pub/a.pages', 'application/octet-stream'],
    ['/pub/a.yml', 'text/x-yaml'],
    ['/pub/a.toml', 'text/x-toml'],
    ['/pub/a.mp4', 'video/mp4'],
    ['/pub/a.constructor', 'application/octet-stream'],
  ])('%s is %s', (path, type) => {
    expect(detectContentType(path, new Uint8Array())).toBe(type)
  })
})

/** One sample for every row of appendix A. */
const SAMPLES: readonly (readonly [string, Uint8Array])[] = [
  ['application/wasm', hex('00 61 73 6D 01 00 00 00')],
  ['application/x-executable', at(53, [0, hex('7F 45 4C 46')])],
  ['application/vnd.microsoft.portable-executable', hex('4D 5A')],
  ['application/java', hex('CA FE BA BE 00 00 00 34 00 34')],
  ['application/x-llvm', hex('42 43')],
  ['application/x-mach-binary', hex('CF FA ED FE')],
  ['application/x-mach-binary', hex('CA FE BA BE 00 00 00 02')],
  ['application/vnd.android.dex', at(37, [0, hex('64 65 78 0A')], [36, hex('70')])],
  ['application/vnd.android.dey', at(101, [0, hex('64 65 79 0A')], [40, hex('64 65 78 0A')], [76, hex('70')])],
  ['application/x-x509-ca-cert', hex('30 82 01')],
  ['application/x-executable', hex('4C 01 00')],
  ['application/x-x509-ca-cert', ascii('-----BEGIN X')],
  ['application/x-qemu-disk', hex('51 46 49 FB 00')],
  ['application/epub+zip', at(58, [0, PK], [30, ascii('mimetypeapplication/epub+zip')])],
  ['application/x-mobipocket-ebook', at(68, [60, ascii('BOOKMOBI')])],
  ['image/jpeg', hex('FF D8 FF')],
  ['image/jp2', hex('00 00 00 0C 6A 50 20 20 0D 0A 87 0A 00')],
  ['image/gif', ascii('GIF')],
  ['image/webp', concat(ascii('RIFF....WEBP'))],
  ['image/x-canon-cr2', hex('49 49 2A 00 00 00 00 00 43 52 02')],
  ['image/tiff', hex('4D 4D 00 2A 00 00 00 00 01 01')],
  ['image/vnd.ms-photo', hex('49 49 BC')],
  ['image/vnd.adobe.photoshop', ascii('8BPS')],
  ['image/vnd.microsoft.icon', hex('00 00 01 00')],
  ['image/heif', concat(hex('00 00 00 18'), ascii('ftypmif1'), hex('00 00 00 00'), ascii('mif1heic'))],
  ['image/avif', concat(hex('00 00 00 14'), ascii('ftypxxxx'), hex('00 00 00 00'), ascii('avif'))],
  ['image/jxl', hex('FF 0A 00')],
  ['image/openraster', at(58, [0, PK], [30, ascii('mimetypeimage/openraster')])],
  ['image/vnd.djvu', ascii('AT&TFORM....DJVM')],
  ['image/vnd.dwg', ascii('AC1032')],
  ['video/mp4', concat(hex('00 00 00 20'), ascii('ftypisom'))],
  ['video/x-m4v', concat(hex('00 00 00 20'), ascii('ftypM4V'))],
  ['video/x-matroska', at(257, [0, hex('1A 45 DF A3')], [40, hex('42 82 88')], [43, ascii('matroska')])],
  ['video/webm', at(257, [0, hex('1A 45 DF A3')], [249, hex('42 82 84')], [252, ascii('webm')])],
  ['video/quicktime', concat(hex('00 00 00 14'), ascii('ftypqt  '), new Uint8Array(4))],
  ['video/x-msvideo', ascii('RIFF....AVI')],
  ['video/x-ms-wmv', hex('30 26 B2 75 8E 66 CF 11 A6 D9')],
  ['video/mpeg', hex('00 00 01 BA')],
  ['video/x-flv', hex('46 4C 56 01')],
  ['audio/midi', ascii('MThd')],
  ['audio/mpeg', hex('FF F3 00')],
  ['audio/m4a', concat(hex('00 00 00 20'), ascii('ftypM4A'))],
  ['audio/opus', at(36, [0, ascii('OggS')], [28, ascii('OpusHead')])],
  ['audio/ogg', ascii('OggS')],
  ['audio/x-flac', ascii('fLaC')],
  ['audio/x-wav', ascii('RIFF....WAVE')],
  ['audio/amr', at(12, [0, hex('23 21 41 4D 52 0A')])],
  ['audio/aac', hex('FF F9')],
  ['audio/x-aiff', ascii('FORM....AIFF')],
  ['audio/x-dsf', ascii('DSD .')],
  ['audio/x-ape', ascii('MAC .')],
  ['application/font-woff', concat(ascii('wOF2'), hex('00 01 00 00'))],
  ['application/font-sfnt', hex('00 01 00 00 00')],
  ['application/msword', compound('06 09 02 00 00 00 00 00 C0 00 00 00 00 00 00 46')],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', ooxml('word/')],
  ['application/vnd.ms-excel', compound('20 08 02 00 00 00 00 00 C0 00 00 00 00 00 00 46')],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', entry('xl/workbook.xml')],
  ['application/vnd.ms-powerpoint', compound('10 8D 81 64 9B 4F CF 11 86 EA 00 AA 00 B9 29 E8')],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', ooxml('ppt/')],
  ['application/vnd.oasis.opendocument.text', entry('mimetypeapplication/vnd.oasis.opendocument.text')],
  ['application/zip', entry('readme.txt')],
  ['application/x-tar', at(262, [257, ascii('ustar')])],
  ['application/x-par2', concat(ascii('PAR2'), hex('00'), ascii('PKT.'))],
  ['application/vnd.rar', hex('52 61 72 21 1A 07 01')],
  ['application/gzip', hex('1F 8B 08')],
  ['application/x-bzip2', ascii('BZh')],
  ['application/vnd.bzip3', ascii('BZ3v1')],
  ['application/x-7z-compressed', hex('37 7A BC AF 27 1C')],
  ['application/x-xz', hex('FD 37 7A 58 5A 00')],
  ['application/x-shockwave-flash', ascii('CWS')],
  ['application/rtf', ascii('{\\rtf1')],
  ['application/octet-stream', at(36, [8, hex('02 00 01')], [34, hex('4C 50')])],
  ['application/postscript', ascii('%!')],
  ['application/vnd.sqlite3', ascii('SQLite format 3')],
  ['application/x-nintendo-nes-rom', hex('4E 45 53 1A')],
  ['application/x-google-chrome-extension', ascii('Cr24')],
  ['application/vnd.ms-cab-compressed', ascii('ISc(')],
  ['application/vnd.debian.binary-package', ascii('!<arch>\ndebian-binary')],
  ['application/x-unix-archive', ascii('!<arch>\nother')],
  ['application/x-compress', hex('1F 9D')],
  ['application/x-lzip', ascii('LZIP')],
  ['application/x-rpm', at(97, [0, hex('ED AB EE DB')])],
  ['application/dicom', at(132, [128, ascii('DICM')])],
  ['application/zstd', concat(hex('50 2A 4D 18 02 00 00 00 FF FF'), hex('28 B5 2F FD'))],
  ['application/x-lz4', hex('04 22 4D 18')],
  ['application/x-ole-storage', OLE],
  ['application/x-cpio', ascii('0707010')],
  ['text/html', ascii('\n <!-- x')],
  ['text/xml', concat(hex('EF BB BF'), ascii('<?xml'))],
  ['text/x-shellscript', ascii('#!/')],
]

it.each([
  ['/pub/a.svg', '<?xml version="1.0"?><svg>', 'image/svg+xml'],
  ['/pub/a', '<?xml version="1.0"?><svg>', 'text/xml'],
  ['/pub/a.unknown', '<?xml version="1.0"?><svg>', 'text/xml'],
  ['/pub/list.txt', 'BMW, Audi', 'text/plain'],
  ['/pub/app.apk', 'PK\x03\x04', 'application/vnd.android.package-archive'],
  ['/pub/page.txt', '<p>hi</p>', 'text/html'],
  ['/pub/pixel.txt', '\x89PNG', 'image/png'],
])('with the extension first, %s with %j is %s', (path, head, type) => {
  expect(detectByExtensionFirst(path, Buffer.from(head, 'latin1'))).toBe(type)
})

describe('signatures of appendix A', () => {
  it.each(SAMPLES)('%s', (type, head) => {
    expect(detectContentType('/pub/file.ics', head)).toBe(type)
  })

  it('has a sample for every type of the table', () => {
    const sampled = new Set(SAMPLES.map(([type]) => type))
    const missing = SIGNATURES.map(([type]) => type).filter((type) => !sampled.has(type))
    expect(missing).toEqual([
      'image/png',
      'image/bmp',
      'application/vnd.oasis.opendocument.spreadsheet',
      'application/vnd.oasis.opendocument.presentation',
      'application/pdf',
    ])
  })

  it('stays total on cut and flipped samples, and looks at every signature that could match', () => {
    const mutated = fc
      .tuple(fc.constantFrom(...SAMPLES), fc.nat(), fc.nat(), fc.nat(255), fc.uint8Array({ maxLength: 16 }))
      .map(([[, head], length, position, byte, tail]) => {
        const cut = head.slice(0, length % (head.length + 1))
        if (cut.length > 0) cut[position % cut.length] = byte
        return concat(cut, tail)
      })
    fc.assert(
      fc.property(mutated, (head) => {
        const bySearch = SIGNATURES.find(([, matches]) => matches(head))?.[0]
        expect(detectContentType('/pub/x', head)).toBe(bySearch ?? 'application/octet-stream')
      }),
    )
  })
})
