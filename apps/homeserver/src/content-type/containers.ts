/** Signatures that need a look inside a container: ISO media, compound files, zip packages, skippable frames. */
import {
  all,
  any,
  at,
  bytesAt,
  indexOfBytes,
  type Matcher,
  signature,
  startingWith,
  starts,
  u16be,
  u32be,
  u32le,
} from './matchers.ts'

const LOCAL_FILE = signature('50 4B 03 04')
const LOCAL_FILE_NAME = 30
const OLE_MAGIC = signature('D0 CF 11 E0 A1 B1 1A E1')

/** Zip package whose first entry is named and filled as `text` says, as EPUB and OpenRaster require. */
export function zipWithMimetype(text: string): Matcher {
  const name = signature(`'mimetype${text}`)
  return inZip((head) => head.length >= 58 && bytesAt(head, name, LOCAL_FILE_NAME))
}

/** OpenDocument package: the part of its media type after `application/`. */
export function openDocument(subtype: string): Matcher {
  const mimetype = signature("'mimetype")
  const type = signature(`'${subtype}`)
  return inZip((head) => bytesAt(head, mimetype, LOCAL_FILE_NAME) && bytesAt(head, type, 50))
}

/** Office Open XML package whose parts lie below `folder` (`word/`, `xl/`, `ppt/`). */
export function officeOpenXml(folder: OfficeFolder): Matcher {
  return inZip((head) => officeFolder(head) === folder)
}

/** What also has to start with a zip entry. */
function inZip(matches: (head: Uint8Array) => boolean): Matcher {
  return startingWith(LOCAL_FILE.subarray(0, 1), (head) => bytesAt(head, LOCAL_FILE, 0) && matches(head))
}

type OfficeFolder = 'word/' | 'ppt/' | 'xl/'

const OFFICE_FOLDERS: readonly (readonly [OfficeFolder, Uint8Array])[] = (['word/', 'ppt/', 'xl/'] as const).map(
  (folder) => [folder, signature(`'${folder}`)],
)
const PACKAGE_PARTS = ['[Content_Types].xml', '_rels/.rels', 'docProps'].map((name) => signature(`'${name}`))
/** How far the next local file header is searched. */
const SEARCH_BYTES = 6000

function officeFolder(head: Uint8Array): OfficeFolder | undefined {
  const first = folderAt(head, LOCAL_FILE_NAME)
  if (first !== undefined) return first
  if (!PACKAGE_PARTS.some((name) => bytesAt(head, name, LOCAL_FILE_NAME))) return undefined
  const second = nextName(head, u32le(head, 18) + 49)
  const third = second === undefined ? undefined : nextName(head, second)
  if (third === undefined || folderAt(head, third) === undefined) return undefined
  const fourth = nextName(head, third + 26)
  return fourth === undefined ? undefined : folderAt(head, fourth)
}

function folderAt(head: Uint8Array, offset: number): OfficeFolder | undefined {
  return OFFICE_FOLDERS.find(([, bytes]) => bytesAt(head, bytes, offset))?.[0]
}

function nextName(head: Uint8Array, from: number): number | undefined {
  const found = indexOfBytes(head, LOCAL_FILE, from, from + SEARCH_BYTES)
  return found < 0 ? undefined : found + LOCAL_FILE_NAME
}

/** Compound file (OLE) whose root entry carries one of the class ids, given in their usual text form. */
export function compoundFile(...classIds: readonly string[]): Matcher {
  const wanted = classIds.map(classIdBytes)
  return startingWith(OLE_MAGIC.subarray(0, 1), (head) => {
    const root = rootEntryOffset(head)
    return root !== undefined && wanted.some((id) => bytesAt(head, id, root + 80))
  })
}

/** Any compound file. */
export const OLE: Matcher = startingWith([0xd0], (head) => bytesAt(head, OLE_MAGIC, 0))

function rootEntryOffset(head: Uint8Array): number | undefined {
  if (!bytesAt(head, OLE_MAGIC, 0) || head.length < 512) return undefined
  const sectorShift = head[30] ?? 0
  const version = head[26]
  if (!((version === 3 && sectorShift === 9) || (version === 4 && sectorShift === 12))) return undefined
  const offset = (u32le(head, 48) + 1) * 2 ** sectorShift
  const ROOT_ENTRY = 5
  return head.length >= offset + 128 && head[offset + 66] === ROOT_ENTRY ? offset : undefined
}

/** The first three groups of a class id are stored little-endian. */
function classIdBytes(text: string): Uint8Array {
  const hex = text.replaceAll('-', '')
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
  for (const [start, end] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const) {
    bytes.subarray(start, end).reverse()
  }
  return bytes
}

/** ISO base media file with one of the brands as major brand, or a major brand of `via` and a compatible one of `compatible`. */
export function isoMedia(
  major: readonly string[],
  via: readonly string[] | 'any',
  compatible: readonly string[],
): Matcher {
  return (head) => {
    if (head.length < 16 || !bytesAt(head, FTYP, 4)) return false
    const length = u32be(head, 0)
    if (length > head.length) return false
    const brand = text4(head, 8)
    if (major.includes(brand)) return true
    if (via !== 'any' && !via.includes(brand)) return false
    for (let i = 16; i + 4 <= length; i += 4) if (compatible.includes(text4(head, i))) return true
    return false
  }
}

const FTYP = signature("'ftyp")

function text4(head: Uint8Array, offset: number): string {
  return String.fromCharCode(...head.subarray(offset, offset + 4))
}

/** MP4 family: a brand of the list right behind `ftyp`. */
export function mp4Brand(...brands: readonly string[]): Matcher {
  return (head) => head.length >= 12 && bytesAt(head, FTYP, 4) && brands.includes(text4(head, 8))
}

/** Matroska family: the EBML magic and the DocType element within the first 256 bytes. */
export function ebml(docTypeElement: Uint8Array): Matcher {
  const magic = signature('1A 45 DF A3')
  return startingWith(
    magic.subarray(0, 1),
    (head) => head.length >= 257 && bytesAt(head, magic, 0) && indexOfBytes(head, docTypeElement, 0, 256) >= 0,
  )
}

/** A compressed stream that starts with `magic`, or with skippable frames that are followed by it. */
export function compressedFrame(magic: string): Matcher {
  const bytes = signature(magic)
  return (head) => {
    let offset = 0
    while (!bytesAt(head, bytes, offset)) {
      const isSkippable = head.length >= offset + 8 && u32le(head, offset) - (u32le(head, offset) % 16) === 0x184d_2a50
      const next = offset + 8 + u32le(head, offset + 4)
      if (!isSkippable || next > head.length) return false
      offset = next
    }
    return true
  }
}

/** A class file, told from a Mach-O fat binary by its version number. */
export const JAVA_CLASS: Matcher = (head) =>
  head.length >= 8 && bytesAt(head, CAFE_BABE, 0) && u32be(head, 4) >= 45 && u16be(head, 6) >= 45

/** Mach-O in any byte order, or a fat binary. */
export const MACH_O: Matcher = any(
  starts('CF FA ED FE'),
  starts('CE FA ED FE'),
  starts('FE ED FA CF'),
  starts('FE ED FA CE'),
  (head) => head.length >= 8 && bytesAt(head, CAFE_BABE, 0) && u32be(head, 4) < 45,
)

const CAFE_BABE = signature('CA FE BA BE')

/** Zip archives of every kind: entries, empty, spanned. */
export const ZIP: Matcher = any(
  starts('50 4B 03 04'),
  starts('50 4B 05 06'),
  starts('50 4B 07 08'),
  all(starts("'PK00"), at(4, '50 4B 03 04')),
)
