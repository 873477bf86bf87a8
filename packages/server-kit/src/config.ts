import { readFile } from 'node:fs/promises'
import { parse, TomlError } from 'smol-toml'
import { z } from 'zod'
import { ServerKitError } from './errors.ts'
import { indexTomlLines, type TomlPath } from './toml-lines.ts'

/** A configuration file after parsing: the typed value, and one sentence for each key that nothing reads. */
export interface LoadedConfig<T> {
  readonly value: T
  /** Unknown keys, as `file:line: …` sentences for the log. Spec 03 §5.1: they are ignored, we also say so. */
  readonly warnings: readonly string[]
}

/**
 * Reads a TOML file into the output of a zod schema. Defaults live in the schema, so a missing key keeps its default,
 * tables merge key by key and arrays are replaced whole (spec 03 §5.1). Keys that a `z.object` does not know become
 * warnings; where they must be errors, the schema uses `z.strictObject`.
 *
 * @param init.file path of the file, also used in messages
 * @param init.missing what a file that does not exist means: `error` (default) or all `defaults`
 * @throws ServerKitError `config`: unreadable, not TOML, or a value that is not allowed; names file, line, key and what is allowed
 */
export async function loadConfig<S extends z.ZodType>(init: {
  readonly schema: S
  readonly file: string
  readonly missing?: 'error' | 'defaults'
}): Promise<LoadedConfig<z.output<S>>> {
  let text: string
  try {
    text = await readFile(init.file, 'utf8')
  } catch (error) {
    if (isNotFound(error) && init.missing === 'defaults') text = ''
    else {
      const reason = isNotFound(error) ? 'the file does not exist' : describe(error)
      throw new ServerKitError('config', `cannot read the configuration ${init.file}: ${reason}`, { cause: error })
    }
  }
  return parseConfig({ schema: init.schema, text, file: init.file })
}

/** As {@link loadConfig} for a text that is already in memory; `file` is the name used in messages. */
export function parseConfig<S extends z.ZodType>(init: {
  readonly schema: S
  readonly text: string
  readonly file: string
}): LoadedConfig<z.output<S>> {
  const table = parseToml(init.text, init.file)
  const { lineOf } = indexTomlLines(init.text)
  const at = (path: TomlPath): string => {
    const line = lineOf(path)
    return line === undefined ? init.file : `${init.file}:${line}`
  }
  const result = init.schema.safeParse(table)
  if (!result.success) {
    const lines = result.error.issues.flatMap((issue) => explain(issue, [])).map((p) => sentence(at(p.path), p))
    throw new ServerKitError('config', `the configuration is not valid:\n  ${lines.join('\n  ')}`)
  }
  const warnings = findUnknownKeys(table, z.toJSONSchema(init.schema, { io: 'input', unrepresentable: 'any' }), [])
    .map((unknown) => ({ ...unknown, text: `unknown key, ignored; known here: ${unknown.known.join(', ')}` }))
    .map((problem) => sentence(at(problem.path), problem))
  return { value: result.data, warnings }
}

interface Problem {
  readonly path: TomlPath
  readonly text: string
}

function sentence(place: string, problem: Problem): string {
  const key = problem.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
  return key === '' ? `${place}: ${problem.text}` : `${place}: ${key.replace(/^\./, '')}: ${problem.text}`
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: 32 })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The first line only: what follows quotes the source, which may hold a password.
    const [reason = 'syntax error'] = error.message.split('\n')
    throw new ServerKitError('config', `${file}:${error.line}:${error.column}: ${reason}`)
  }
}

/** One zod issue as sentences; the branches of a union are told apart by the branch that got furthest. */
function explain(issue: z.core.$ZodIssue, prefix: TomlPath): readonly Problem[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], text: 'unknown key' }))
  }
  if (issue.code === 'invalid_union') {
    const deepest = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0))
    const branches = deepest.length > 0 ? deepest : issue.errors
    if (branches.length === 0) return [{ path, text: issue.message }]
    if (branches.length === 1) return branches.flat().flatMap((inner) => explain(inner, path))
    const texts = branches.map((branch) =>
      branch
        .flatMap((inner) => explain(inner, []))
        .map((problem) => problem.text)
        .join('; '),
    )
    return [{ path, text: [...new Set(texts)].join(', or ') }]
  }
  return [{ path, text: issue.message }]
}

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Keys of `value` that no branch of the schema reads. A schema without `properties` accepts any key. */
function findUnknownKeys(
  value: unknown,
  schema: JsonSchema,
  path: TomlPath,
): readonly { readonly path: TomlPath; readonly known: readonly string[] }[] {
  if (Array.isArray(value)) {
    const [items] = branchesOf(schema).flatMap((branch) => (isSchema(branch.items) ? [branch.items] : []))
    return items === undefined ? [] : value.flatMap((item, index) => findUnknownKeys(item, items, [...path, index]))
  }
  if (!isTable(value)) return []
  const branches = branchesOf(schema).filter((branch) => branch.properties !== undefined)
  if (branches.length === 0) return []
  const known = [...new Set(branches.flatMap((branch) => Object.keys(branch.properties ?? {})))]
  const isOpen = branches.some((branch) => isSchema(branch.additionalProperties))
  return Object.entries(value).flatMap(([key, inner]) => {
    const innerSchemas = branches.flatMap((branch) => {
      const candidate = branch.properties?.[key]
      return isSchema(candidate) ? [candidate] : []
    })
    if (innerSchemas.length === 0) return isOpen ? [] : [{ path: [...path, key], known }]
    return findUnknownKeys(inner, { anyOf: innerSchemas }, [...path, key])
  })
}

function branchesOf(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].filter(isSchema)
  return inner.length === 0 ? [schema] : inner.flatMap(branchesOf)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== Date.prototype
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
