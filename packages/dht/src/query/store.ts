import type { Answer, Question } from '../network/request.ts'
import type { LookupComponents, Responder } from './lookup.ts'

/** KRPC errors with a meaning for a put (BEP 44). */
const ERROR_PROTOCOL = 203
export const ERROR_CAS_MISMATCH = 301
export const ERROR_NOT_MOST_RECENT = 302

/** What the nodes said to a put. */
export interface StoreReport {
  /** Nodes the put was sent to. */
  readonly asked: number
  /** Nodes that stored it. */
  readonly stored: number
  /** Nodes that refused it, by error number, with the text of the first. */
  readonly rejections: ReadonlyMap<number, { readonly count: number; readonly description: string }>
}

/**
 * Sends a put or an announcement to nodes that gave us a token. A node that calls the token bad is asked for a new one
 * once. Ends when all have answered, when those that have not are overdue and most have stored, or when most have given
 * one of the errors in `decisive` (spec 04 §4.8). Rejects only with the signal's reason.
 */
export function storeAt(
  components: LookupComponents,
  responders: readonly Responder[],
  question: (token: Uint8Array) => Question,
  refresh: Question,
  decisive: readonly number[],
  signal: AbortSignal,
): Promise<StoreReport> {
  const { requester, contacts, now } = components
  const finish = Promise.withResolvers<StoreReport>()
  const rejections = new Map<number, { count: number; description: string }>()
  const cancels = new Set<() => void>()
  const asked = responders.length
  let stored = 0
  let open = asked
  let overdue = 0

  const report = (): StoreReport => ({ asked, stored, rejections })
  const check = () => {
    const decided = decisive.some((code) => (rejections.get(code)?.count ?? 0) > asked / 2)
    if (open === 0 || decided || (open === overdue && stored * 2 >= asked)) finish.resolve(report())
  }
  const put = async (responder: Responder) => {
    let late = false
    const send = async (what: Question): Promise<Answer> => {
      const request = requester.request(responder.contact, what, () => {
        if (!late) overdue++
        late = true
        check()
      })
      cancels.add(request.cancel)
      const answer = await request.answer
      cancels.delete(request.cancel)
      return answer
    }
    const askedAt = now()
    let answer = await send(question(responder.token))
    if (answer.kind === 'error' && answer.code === ERROR_PROTOCOL) {
      const token = await freshToken(send, refresh)
      if (token) answer = await send(question(token))
    }
    open--
    if (late) overdue--
    if (answer.kind === 'response') stored++
    else if (answer.kind === 'error') note(rejections, answer)
    else if (answer.kind === 'timeout') contacts.unanswered(responder.contact, askedAt)
    check()
  }

  const abort = () => {
    for (const cancel of cancels) cancel()
    finish.reject(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  for (const responder of responders) void put(responder)
  check()
  return finish.promise.finally(() => signal.removeEventListener('abort', abort))
}

async function freshToken(
  send: (question: Question) => Promise<Answer>,
  refresh: Question,
): Promise<Uint8Array | undefined> {
  const answer = await send(refresh)
  return answer.kind === 'response' ? answer.response.token?.slice() : undefined
}

function note(
  rejections: Map<number, { count: number; description: string }>,
  { code, description }: { readonly code: number; readonly description: string },
): void {
  const known = rejections.get(code)
  if (known) known.count++
  else rejections.set(code, { count: 1, description })
}
