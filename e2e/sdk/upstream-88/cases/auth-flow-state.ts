import { type AuthFlow, AuthFlowKind, GrantAuthFlow } from '@pubky/sdk'
import { type Case, type Surroundings, UNREACHABLE_RELAY } from './case.ts'
import { equal, fails } from './check.ts'

type Flow = AuthFlow | GrantAuthFlow

function cookieFlow(place: Surroundings): Flow {
  return place.pubky().startCookieAuthFlow('', AuthFlowKind.signin(), UNREACHABLE_RELAY)
}

function grantFlow(): Flow {
  return GrantAuthFlow.start('', AuthFlowKind.signin(), { clientId: 'state.example', relay: UNREACHABLE_RELAY })
}

async function secondAwait(flow: Flow): Promise<void> {
  const first = flow.awaitApproval().catch(() => {})
  await fails(() => flow.awaitApproval(), { name: 'ClientStateError', message: 'already called' })
  flow.free()
  await first
}

async function awaitWhilePolling(flow: Flow): Promise<void> {
  const poll = flow.tryPollOnce()
  await fails(() => flow.awaitApproval(), { name: 'ClientStateError', message: 'in-flight' })
  equal(await poll, undefined)
  flow.free()
}

async function pollAfterCompletion(flow: Flow): Promise<void> {
  await fails(() => flow.awaitApproval())
  await fails(() => flow.tryPollOnce(), { name: 'ClientStateError', message: 'already completed' })
  flow.free()
}

export const authFlowState: readonly Case[] = [
  { number: '8.3.1', title: 'AuthFlow: second awaitApproval', run: (place) => secondAwait(cookieFlow(place)) },
  {
    number: '8.3.2',
    title: 'AuthFlow: awaitApproval while polling',
    run: (place) => awaitWhilePolling(cookieFlow(place)),
  },
  { number: '8.3.3', title: 'AuthFlow: poll after completion', run: (place) => pollAfterCompletion(cookieFlow(place)) },
  { number: '8.3.4', title: 'GrantAuthFlow: second awaitApproval', run: () => secondAwait(grantFlow()) },
  { number: '8.3.5', title: 'GrantAuthFlow: awaitApproval while polling', run: () => awaitWhilePolling(grantFlow()) },
  { number: '8.3.6', title: 'GrantAuthFlow: poll after completion', run: () => pollAfterCompletion(grantFlow()) },
  {
    number: '8.3.7',
    title: 'delegated flows in Node',
    needs: 'node',
    async run() {
      equal(GrantAuthFlow.isDelegationAvailable, false)
      const options = { clientId: 'state.example', relay: UNREACHABLE_RELAY }
      await fails(() => GrantAuthFlow.startDelegated('', AuthFlowKind.signin(), options), {
        name: 'ClientStateError',
        message: /secure browser context|WebCrypto and IndexedDB/,
      })
    },
  },
]
