import { invalidRequest } from '../errors/create.ts'

/** `"x"` of `x`, as headers want it. */
export function quotedEtag(etag: string): string {
  if (!/^(W\/)?[\x21\x23-\x7e]*$/.test(etag)) throw invalidRequest('invalid etag')
  return etag.startsWith('W/') ? `W/"${etag.slice(2)}"` : `"${etag}"`
}
