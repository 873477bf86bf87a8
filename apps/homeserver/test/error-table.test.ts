/** Each status the API description promises, provoked on a real server; a refused request changes nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { COOKIE_SESSION_SCENARIOS } from './scenarios/cookie-sessions.ts'
import { GENERAL_SCENARIOS } from './scenarios/general.ts'
import { GRANT_SCENARIOS } from './scenarios/grants.ts'
import { LOCK_SCENARIOS } from './scenarios/locks.ts'
import { STORAGE_SCENARIOS } from './scenarios/storage.ts'
import { type Scenario, World } from './support/world.ts'

/** Needs a second stream that stays open: `event-stream.test.ts`. */
const PROVOKED_ELSEWHERE = ['GET /events-stream 503']

let world: World
beforeAll(async () => {
  world = await World.create()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(() => world.reset())

const ALL = [
  ...STORAGE_SCENARIOS,
  ...LOCK_SCENARIOS,
  ...COOKIE_SESSION_SCENARIOS,
  ...GRANT_SCENARIOS,
  ...GENERAL_SCENARIOS,
]
const named = (scenarios: readonly Scenario[]) =>
  scenarios.map((scenario) => [`${scenario.operation} ${scenario.status} ${scenario.name}`, scenario] as const)

describe('every answer of the API description', () => {
  it.each(named(ALL))('%s', async (_, scenario) => {
    const answer = await scenario.run(world)
    expect(answer).toMatchObject({ status: scenario.status })
    if (scenario.body instanceof RegExp) expect(answer.text).toMatch(scenario.body)
    else if (scenario.body !== undefined) expect(answer.text).toBe(scenario.body)
    expect(answer.field('access-control-allow-credentials')).toBe('true')
    const isPersonal = /^[A-Z]+ \/(auth\/.*|session|signup)$/.test(scenario.operation)
    if (isPersonal) expect(answer.field('cache-control')).toBe('no-store')
  })

  it.each(named(ALL.filter(({ status }) => status >= 400)))('changes nothing: %s', async (_, scenario) => {
    // Once for what the scenario itself prepares, then for the request alone.
    await scenario.run(world)
    const before = await world.state()
    const answer = await scenario.run(world)
    expect(answer.status).toBe(scenario.status)
    expect(await world.state()).toEqual(before)
  })

  it('has a scenario for each status of each operation, and the other way round', () => {
    const promised = world.open.server.client.routes
      .filter((route) => route.path !== '/{path...}')
      .flatMap((route) =>
        Object.entries(route.operations).flatMap(([method, operation]) =>
          Object.keys(operation.responses).map((status) => `${method} ${route.path.replace('...', '')} ${status}`),
        ),
      )
    const shown = ALL.map(({ operation, status }) => `${operation} ${status}`)
    expect(new Set([...shown, ...PROVOKED_ELSEWHERE])).toEqual(new Set(promised))
  })
})
