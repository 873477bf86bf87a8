import { describe, expect, it } from 'vitest'
import { operationOf, type Route, Router } from './route.ts'

function route(path: string, methods: readonly string[] = ['GET'], headLikeGet = true): Route {
  const operation = { summary: '', responses: {}, handle: () => {} }
  return { path, allow: '', headLikeGet, operations: Object.fromEntries(methods.map((method) => [method, operation])) }
}

describe('Router', () => {
  const router = new Router(
    [
      '/',
      '/info',
      '/session',
      '/signup_tokens/{token}',
      '/auth/grant/session',
      '/auth/grant/session/{gid}',
      '/users/{pubky}',
      '/users/{pubky}/quota',
      '/storage/{owner}/{path...}',
      '/{path...}',
    ].map((path) => route(path)),
  )

  it.each([
    ['/', '/', ''],
    ['/info', '/info', ''],
    ['/info/', '/{path...}', 'info/'],
    ['/session/', '/{path...}', 'session/'],
    ['/signup_tokens/ABC', '/signup_tokens/{token}', 'ABC'],
    ['/signup_tokens/', '/{path...}', 'signup_tokens/'],
    ['/signup_tokens/a/b', '/{path...}', 'signup_tokens/a/b'],
    ['/auth/grant/session', '/auth/grant/session', ''],
    ['/auth/grant/session/', '/{path...}', 'auth/grant/session/'],
    ['/auth/grant/session/x', '/auth/grant/session/{gid}', 'x'],
    ['/users/abc', '/users/{pubky}', 'abc'],
    ['/users/abc/quota', '/users/{pubky}/quota', 'abc'],
    ['/users//quota', '/{path...}', 'users//quota'],
    ['/storage/k/pub/x', '/storage/{owner}/{path...}', 'k/pub/x'],
    ['/pub/x', '/{path...}', 'pub/x'],
  ])('%s goes to %s', (path, expected, parameter) => {
    const match = router.match(path)
    expect([match?.route.path, match?.parameter]).toEqual([expected, parameter])
  })

  it('finds nothing for what is no path', () => {
    expect(router.match('*')).toBeUndefined()
  })
})

describe('operationOf', () => {
  it('lets GET answer HEAD unless a route says otherwise', () => {
    expect(operationOf(route('/x'), 'HEAD')).toBeDefined()
    expect(operationOf(route('/x', ['GET'], false), 'HEAD')).toBeUndefined()
    expect(operationOf(route('/x', ['PUT']), 'HEAD')).toBeUndefined()
  })

  it('does not take inherited names for methods', () => {
    expect(operationOf(route('/x'), 'toString')).toBeUndefined()
    expect(operationOf(route('/x'), 'constructor')).toBeUndefined()
  })
})
