/** Path patterns of the rate-limit configuration (spec 02 §12.1). */

/** Matches a path against a compiled pattern. */
export type PathMatcher = (path: string) => boolean

const MAX_GROUPS = 10
const MAX_EXPANSIONS = 1024

type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'run' }
  | { readonly kind: 'segments' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }

/**
 * Compiles a pattern: `?` one character, `*` a run without `/`, `**` as a whole segment any number of segments, `[ab]`
 * `[a-z]` `[!a]` classes that never match `/`, `{a,b}` alternatives (at most ten groups), a leading `!` negates, `\`
 * escapes. A malformed pattern is not an error; it matches nothing.
 */
export function compileGlob(pattern: string): PathMatcher {
  const bare = pattern.replace(/^!+/, '')
  const isNegated = (pattern.length - bare.length) % 2 === 1
  const alternatives = expandBraces(bare)?.map(tokenize)
  const matches: PathMatcher = (path) =>
    alternatives?.some((tokens) => tokens !== undefined && matchTokens(tokens, path)) ?? false
  return isNegated ? (path) => !matches(path) : matches
}

/** The patterns a pattern with `{a,b}` groups stands for; undefined when a group is open or there are too many. */
function expandBraces(pattern: string): readonly string[] | undefined {
  let groups = 0
  let results: readonly string[] = ['']
  let i = 0
  const append = (choices: readonly string[]): boolean => {
    results = results.flatMap((head) => choices.map((choice) => head + choice))
    return results.length <= MAX_EXPANSIONS
  }
  while (i < pattern.length) {
    const char = pattern.charAt(i)
    if (char === '{') {
      const end = closingBrace(pattern, i)
      if (end === undefined || ++groups > MAX_GROUPS) return undefined
      const choices: string[] = []
      for (const part of splitAlternatives(pattern.slice(i + 1, end))) {
        const inner = expandBraces(part)
        if (inner === undefined) return undefined
        choices.push(...inner)
      }
      if (!append(choices)) return undefined
      i = end + 1
    } else {
      const length = char === '\\' ? 2 : 1
      append([pattern.slice(i, i + length)])
      i += length
    }
  }
  return results
}

function closingBrace(pattern: string, open: number): number | undefined {
  let depth = 0
  for (let i = open; i < pattern.length; i++) {
    const char = pattern.charAt(i)
    if (char === '\\') i++
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return i
  }
  return undefined
}

function splitAlternatives(text: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '\\') i++
    else if (char === '{') depth++
    else if (char === '}') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}

function tokenize(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i)
    if (char === '*') {
      const isDouble = pattern[i + 1] === '*'
      const startsSegment = i === 0 || pattern[i - 1] === '/'
      const after = pattern[i + 2]
      if (isDouble && startsSegment && (after === undefined || after === '/')) {
        tokens.push({ kind: 'segments' })
        // `**/` also stands for no segment at all, so its slash belongs to it.
        i += after === '/' ? 2 : 1
      } else tokens.push({ kind: 'run' })
    } else if (char === '?') tokens.push({ kind: 'one' })
    else if (char === '[') {
      const end = pattern.indexOf(']', pattern[i + 1] === '!' || pattern[i + 1] === '^' ? i + 3 : i + 2)
      if (end < 0) return undefined
      tokens.push(parseClass(pattern.slice(i + 1, end)))
      i = end
    } else if (char === '\\') {
      if (i + 1 >= pattern.length) return undefined
      tokens.push({ kind: 'text', text: pattern.charAt(++i) })
    } else tokens.push({ kind: 'text', text: char })
  }
  return tokens
}

function parseClass(body: string): Token {
  const negated = body.startsWith('!') || body.startsWith('^')
  const members = negated ? body.slice(1) : body
  const ranges: (readonly [string, string])[] = []
  for (let i = 0; i < members.length; i++) {
    const from = members.charAt(i)
    if (members[i + 1] === '-' && i + 2 < members.length) {
      ranges.push([from, members.charAt(i + 2)])
      i += 2
    } else ranges.push([from, from])
  }
  return { kind: 'class', negated, ranges }
}

/** Walks both texts with one bit per token: linear in path times pattern, whatever either says. */
function matchTokens(tokens: readonly Token[], path: string): boolean {
  let reached = closure(new Set([0]), tokens, true)
  for (const char of path) {
    const next = new Set<number>()
    for (const index of reached) {
      const token = tokens[index]
      if (token === undefined) continue
      if (token.kind === 'segments') {
        next.add(index)
        if (char === '/') next.add(index + 1)
      } else if (token.kind === 'run') {
        if (char !== '/') next.add(index)
      } else if (accepts(token, char)) next.add(index + 1)
    }
    if (next.size === 0) return false
    reached = closure(next, tokens, char === '/')
  }
  const lastIsSegments = tokens.at(-1)?.kind === 'segments'
  return reached.has(tokens.length) || (lastIsSegments && reached.has(tokens.length - 1))
}

/** Adds what is reached without a character: a `*` may stand for nothing, a `**` for no segment. */
function closure(reached: Set<number>, tokens: readonly Token[], isSegmentStart: boolean): Set<number> {
  for (const index of reached) {
    const kind = tokens[index]?.kind
    if (kind === 'run' || (kind === 'segments' && isSegmentStart)) reached.add(index + 1)
  }
  return reached
}

function accepts(token: Exclude<Token, { kind: 'run' | 'segments' }>, char: string): boolean {
  if (token.kind === 'text') return char === token.text
  if (char === '/') return false
  if (token.kind === 'one') return true
  return token.ranges.some(([from, to]) => char >= from && char <= to) !== token.negated
}
