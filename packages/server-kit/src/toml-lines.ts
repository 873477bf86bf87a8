/** A place in a parsed TOML document: keys, and positions in arrays of tables. */
export type TomlPath = readonly (string | number)[]

/**
 * Finds the line (from 1) on which each key and table of a **valid** TOML text is written. Keys inside inline tables
 * and inline arrays are not indexed; `lineOf` answers with the closest enclosing key.
 */
export function indexTomlLines(text: string): { lineOf(path: TomlPath): number | undefined } {
  const lines = new Scanner(text).run()
  return {
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(JSON.stringify(path.slice(0, length)))
        if (line !== undefined) return line
      }
      return undefined
    },
  }
}

class Scanner {
  readonly #text: string
  readonly #lines = new Map<string, number>()
  readonly #arrayLengths = new Map<string, number>()
  #position = 0
  #line = 1

  constructor(text: string) {
    this.#text = text
  }

  run(): ReadonlyMap<string, number> {
    let table: (string | number)[] = []
    for (;;) {
      this.#skipBlank()
      if (this.#position >= this.#text.length) return this.#lines
      if (this.#text[this.#position] === '[') {
        table = this.#readHeader()
      } else {
        const line = this.#line
        const keys = this.#readDottedKey()
        this.#record([...table, ...keys], keys.length, line)
        if (this.#text[this.#position] !== '=') return this.#lines
        this.#position++
        this.#skipValue()
      }
    }
  }

  #readHeader(): (string | number)[] {
    const line = this.#line
    const isArray = this.#text.startsWith('[[', this.#position)
    this.#position += isArray ? 2 : 1
    const keys = this.#readDottedKey()
    this.#position += isArray ? 2 : 1
    let path: (string | number)[] = []
    for (const [index, key] of keys.entries()) {
      path = [...path, key]
      const name = JSON.stringify(path)
      const isLast = index === keys.length - 1
      if (isLast && isArray) {
        const length = this.#arrayLengths.get(name) ?? 0
        this.#arrayLengths.set(name, length + 1)
        this.#record(path, 1, line)
        path = [...path, length]
      } else {
        const length = this.#arrayLengths.get(name)
        if (length !== undefined) path = [...path, length - 1]
      }
    }
    this.#record(path, 1, line)
    return path
  }

  #record(path: TomlPath, levels: number, line: number): void {
    for (let drop = 0; drop < levels; drop++) {
      const name = JSON.stringify(path.slice(0, path.length - drop))
      if (!this.#lines.has(name)) this.#lines.set(name, line)
    }
  }

  #readDottedKey(): string[] {
    const keys: string[] = []
    for (;;) {
      this.#skipSpaces()
      keys.push(this.#readKey())
      this.#skipSpaces()
      if (this.#text[this.#position] !== '.') return keys
      this.#position++
    }
  }

  #readKey(): string {
    const quote = this.#text[this.#position]
    if (quote === '"' || quote === "'") {
      const start = this.#position
      this.#skipString(quote)
      const raw = this.#text.slice(start, this.#position)
      return quote === "'" ? raw.slice(1, -1) : unescapeBasic(raw)
    }
    const bare = /[A-Za-z0-9_-]+/y
    bare.lastIndex = this.#position
    const key = bare.exec(this.#text)?.[0] ?? ''
    this.#position += key.length
    return key
  }

  #skipValue(): void {
    let depth = 0
    while (this.#position < this.#text.length) {
      const character = this.#text[this.#position]
      if (character === '\n') {
        if (depth === 0) return
        this.#line++
        this.#position++
      } else if (character === '"' || character === "'") {
        this.#skipString(character)
      } else if (character === '#') {
        this.#skipComment()
      } else {
        if (character === '[' || character === '{') depth++
        if (character === ']' || character === '}') depth--
        this.#position++
      }
    }
  }

  #skipString(quote: '"' | "'"): void {
    const isLong = this.#text.startsWith(quote.repeat(3), this.#position)
    const end = isLong ? quote.repeat(3) : quote
    this.#position += end.length
    while (this.#position < this.#text.length) {
      if (this.#text.startsWith(end, this.#position)) {
        this.#position += end.length
        // A long string may end with one or two quotes of its own in front of the closing three.
        while (isLong && this.#text[this.#position] === quote) this.#position++
        return
      }
      if (this.#text[this.#position] === '\\' && quote === '"') this.#position++
      if (this.#text[this.#position] === '\n') this.#line++
      this.#position++
    }
  }

  #skipBlank(): void {
    while (this.#position < this.#text.length) {
      const character = this.#text[this.#position]
      if (character === '#') this.#skipComment()
      else if (character === '\n') {
        this.#line++
        this.#position++
      } else if (character === ' ' || character === '\t' || character === '\r' || character === '\uFEFF') {
        this.#position++
      } else return
    }
  }

  #skipSpaces(): void {
    while (this.#text[this.#position] === ' ' || this.#text[this.#position] === '\t') this.#position++
  }

  #skipComment(): void {
    while (this.#position < this.#text.length && this.#text[this.#position] !== '\n') this.#position++
  }
}

function unescapeBasic(raw: string): string {
  try {
    return String(JSON.parse(raw))
  } catch {
    // Escapes that TOML has and JSON lacks: the line is then found through the enclosing table.
    return raw
  }
}
