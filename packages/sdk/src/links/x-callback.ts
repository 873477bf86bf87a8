import type { LinkCallbacks } from '@pubky/protocol'
import type { XCallbackParams } from '../types.ts'

/** The callback members of a link as the API shows them: only those that are set. */
export function toXCallback({ source, success, error, cancel }: LinkCallbacks): XCallbackParams {
  return {
    ...(source !== undefined && { xSource: source }),
    ...(success !== undefined && { xSuccess: success }),
    ...(error !== undefined && { xError: error }),
    ...(cancel !== undefined && { xCancel: cancel }),
  }
}

/** The other way round; null counts as not set. */
export function fromXCallback(params: XCallbackParams | null | undefined): LinkCallbacks {
  const { xSource, xSuccess, xError, xCancel } = params ?? {}
  return {
    ...(xSource != null && { source: xSource }),
    ...(xSuccess != null && { success: xSuccess }),
    ...(xError != null && { error: xError }),
    ...(xCancel != null && { cancel: xCancel }),
  }
}
