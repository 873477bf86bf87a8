import { Keypair } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import { formatDeepLink, type LinkIntent, parseDeepLink } from '../src/index.ts'
import vectors from '../vectors/deep-links.json' with { type: 'json' }
import current from '../vectors/deep-links-0-17.json' with { type: 'json' }

/** The groups of spec 01 §5.7. */
export function linkVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'deep_links', cases: [...linkCases()] },
    { name: 'deep_links_0_17', cases: [...currentCases()] },
  ]
}

/** Our links write a space as `%20`, which both kinds of readers understand (spec 01 §5.7, Better). */
function ours(emitted: string): string {
  return emitted.replaceAll('+', '%20')
}

function* linkCases(): Generator<VectorCase> {
  for (const { intent, emit_0_11, emit_0_17, js_0_6_0 } of vectors.cases) {
    yield {
      name: emit_0_11,
      run: () => {
        const link = parseDeepLink(emit_0_11)
        expectEqual(link.intent, intent)
        expectEqual(formatDeepLink(link), ours(emit_0_17 ?? emit_0_11))
        for (const text of [emit_0_17, js_0_6_0]) {
          if (text !== undefined) expectEqual(parseDeepLink(text), link)
        }
        expectEqual(parseDeepLink(formatDeepLink(link)), link)
      },
    }
  }
  const [signin, withoutIntent] = vectors.accept
  if (!(signin && withoutIntent)) throw new Error('the vectors have no accepted links')
  for (const text of [signin, withoutIntent]) {
    yield {
      name: `accept ${text}`,
      run: () => expectEqual(formatDeepLink(parseDeepLink(text)), vectors.cases[0]?.emit_0_11),
    }
  }
  yield {
    name: 'no intent where one is expected',
    run: () => expectFailure(() => parseDeepLink(withoutIntent, 'signin'), 'Invalid intent. Expected signin'),
  }
  const { query, parsed } = vectors.x_callback
  yield {
    name: 'callbacks',
    run: () => {
      const link = parseDeepLink(`${signin}&${query}`)
      expectEqual(link.callbacks, { source: parsed['x-source'], success: parsed['x-success'] })
      expectEqual(formatDeepLink(link), `${vectors.cases[0]?.emit_0_11}&${query}`)
    },
  }
}

function* currentCases(): Generator<VectorCase> {
  for (const { emit_0_17, intent, approval_format, channel, caps } of current.emit) {
    yield {
      name: `emit ${intent} ${approval_format} ${channel} ${caps}`,
      run: () => {
        const link = parseDeepLink(emit_0_17)
        if (link.intent !== 'signin_grant' && link.intent !== 'signup_grant') throw new Error(link.intent)
        expectEqual(link.intent, intent)
        expectEqual(link.approvalFormat, approval_format)
        expectEqual(link.channel.kind, channel === 'hpke' ? 'hpke' : 'secret')
        expectEqual(link.clientKey.z32(), Keypair.fromSecret(new Uint8Array(32).fill(2)).publicKey.z32())
        expectEqual(formatDeepLink(link), ours(emit_0_17))
      },
    }
  }
  for (const { name, url, ok, error } of current.parse) {
    yield {
      name: `parse ${name}`,
      run: () => {
        const intent: LinkIntent = url.includes('//signin_grant') ? 'signin_grant' : 'signin'
        if (error !== undefined) expectFailure(() => parseDeepLink(url, intent), error)
        else expectEqual(formatDeepLink(parseDeepLink(url, intent)), ok)
      },
    }
  }
}
