/** An OpenAPI 3.1 document out of route values: what is written there is what is served. */
import type { Exchange } from './exchange.ts'
import type { Operation, Parameter, Route } from './route.ts'

/** Methods OpenAPI has a place for; LOCK and UNLOCK go into an extension of the same shape. */
const OPENAPI_METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'])

/** The document, ready for `JSON.stringify`. */
export function describeApi<X extends Exchange>(title: string, routes: readonly Route<X>[]): object {
  return {
    openapi: '3.1.0',
    info: { title, version: '0.1.0', license: { name: 'MIT', identifier: 'MIT' } },
    paths: Object.fromEntries(routes.map((route) => [route.path.replace('...', ''), describeRoute(route)])),
  }
}

function describeRoute<X extends Exchange>(route: Route<X>): object {
  const operations = Object.entries(route.operations).map(([method, operation]) => {
    const name = OPENAPI_METHODS.has(method) ? method.toLowerCase() : `x-${method.toLowerCase()}`
    return [name, describeOperation(operation)]
  })
  const parameter = /\{(\w+)(?:\.\.\.)?\}/g
  const names = [...route.path.matchAll(parameter)].map(([, name = '']) => name)
  return {
    ...(names.length === 0 ? {} : { parameters: names.map((name) => pathParameter(name)) }),
    ...Object.fromEntries(operations),
  }
}

function describeOperation<X extends Exchange>(operation: Operation<X>): object {
  const parameters = [
    ...(operation.query ?? []).map((parameter) => describeParameter(parameter, 'query')),
    ...(operation.headers ?? []).map((parameter) => describeParameter(parameter, 'header')),
  ]
  const { body } = operation
  return {
    summary: operation.summary,
    ...(operation.access === undefined ? {} : { 'x-access': operation.access }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            description: body.description,
            required: body.required ?? false,
            content: { [body.type]: {} },
          },
        }),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, description]) => [status, { description }]),
    ),
  }
}

function describeParameter({ name, description, required = false }: Parameter, place: string): object {
  return { name, in: place, description, required, schema: { type: 'string' } }
}

function pathParameter(name: string): object {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}
