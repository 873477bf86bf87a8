import type { GrantInfo, GrantSessionInfo, GrantSessionResponse } from '@pubky/protocol'
import { jsonDecodeError } from '../errors/create.ts'
import { readAnswer } from '../http/client-core.ts'

/** Reads the answer to a grant exchange. Throws `RequestError` when it is not what it should be. */
export async function readGrantSession(response: Response): Promise<GrantSessionResponse> {
  const body = await readJsonObject(response)
  return { token: stringMember(body, 'token'), session: sessionInfo(member(body, 'session')) }
}

/** Reads the answer to `GET /auth/grant/session`. */
export async function readGrantSessionInfo(response: Response): Promise<GrantSessionInfo> {
  return sessionInfo(await readJsonObject(response))
}

/** Reads the list of a user's grants. */
export async function readGrantInfos(response: Response): Promise<GrantInfo[]> {
  const body = await readJson(response)
  if (!Array.isArray(body)) throw jsonDecodeError('expected an array')
  return body.map((grant: unknown) => ({
    grant_id: stringMember(grant, 'grant_id'),
    client_id: stringMember(grant, 'client_id'),
    capabilities: stringMember(grant, 'capabilities'),
    issued_at: numberMember(grant, 'issued_at'),
    expires_at: numberMember(grant, 'expires_at'),
  }))
}

function sessionInfo(value: unknown): GrantSessionInfo {
  return {
    homeserver: stringMember(value, 'homeserver'),
    pubky: stringMember(value, 'pubky'),
    client_id: stringMember(value, 'client_id'),
    capabilities: stringsMember(value, 'capabilities'),
    grant_id: stringMember(value, 'grant_id'),
    token_expires_at: numberMember(value, 'token_expires_at'),
    grant_expires_at: numberMember(value, 'grant_expires_at'),
    created_at: numberMember(value, 'created_at'),
  }
}

async function readJsonObject(response: Response): Promise<object> {
  const body = await readJson(response)
  if (typeof body !== 'object' || body === null) throw jsonDecodeError('expected an object')
  return body
}

async function readJson(response: Response): Promise<unknown> {
  const text = new TextDecoder().decode(await readAnswer(response))
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the body, which may hold a bearer.
    throw jsonDecodeError('invalid JSON')
  }
}

function member(value: unknown, name: string): unknown {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  if (found === undefined) throw jsonDecodeError(`missing field \`${name}\``)
  return found
}

function stringMember(value: unknown, name: string): string {
  const found = member(value, name)
  if (typeof found !== 'string') throw jsonDecodeError(`\`${name}\` is not a string`)
  return found
}

function numberMember(value: unknown, name: string): number {
  const found = member(value, name)
  if (typeof found !== 'number') throw jsonDecodeError(`\`${name}\` is not a number`)
  return found
}

function stringsMember(value: unknown, name: string): string[] {
  const found = member(value, name)
  if (!Array.isArray(found) || !found.every((entry) => typeof entry === 'string')) {
    throw jsonDecodeError(`\`${name}\` is not an array of strings`)
  }
  return found
}
