/** Whether this runs in a page or a worker of a browser, where some requests are not possible. */
export function isBrowser(): boolean {
  return 'document' in globalThis || 'WorkerGlobalScope' in globalThis
}
