/** Quota objects in JSON bodies of the admin API (spec 03 §2.8): shapes here, meaning in `accounts/`. */
import { z } from 'zod'
import type { QuotaJson, QuotaPatch } from '../../accounts/users.ts'
import { parseBandwidthRate } from '../../limits/bandwidth-rate.ts'
import type { Exchange } from '../kernel/exchange.ts'
import { HttpError } from '../kernel/http-error.ts'
import { readJson } from '../kernel/json-body.ts'

const MAX_STORED_MB = 2_147_483_647

const storage = z.union([
  z.literal('unlimited'),
  z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .transform((mb) => Math.min(mb, MAX_STORED_MB)),
])
const rate = z
  .string()
  .refine((text) => text === 'unlimited' || parseBandwidthRate(text) !== undefined, {
    error: 'a bandwidth does not accept this text; expected <n><kb|mb|gb>/<s|m|h|d> or "unlimited"',
  })
  .transform((text) => text.replace(/[kmg]b/i, (unit) => unit.toLowerCase()))
const burst = z.number().int().min(1).max(4_294_967_295)
const paths = z.array(z.string())

const quota = z.object({
  storage_quota_mb: storage.nullish(),
  rate_read: rate.nullish(),
  rate_write: rate.nullish(),
  rate_read_burst: burst.nullish(),
  rate_write_burst: burst.nullish(),
  allowed_write_paths: paths.nullish(),
})

/** Limits of a new sign-up token; `null` is the same as absent. @throws HttpError 415, 413, 400, 422 */
export async function readQuota(exchange: Exchange): Promise<QuotaJson> {
  return Object.fromEntries(Object.entries(await readQuotaPatch(exchange)).filter(([, value]) => value !== null))
}

/** A change of a user's limits. @throws HttpError 415, 413, 400, 422 */
export async function readQuotaPatch(exchange: Exchange): Promise<QuotaPatch> {
  const result = quota.safeParse(await readJson(exchange))
  if (result.success) return withoutUndefined(result.data)
  const [issue] = result.error.issues
  const place = issue?.path.join('.') ?? ''
  const reason = `${place === '' ? '' : `${place}: `}${issue?.message ?? 'not a quota'}`
  throw new HttpError(422, `Failed to deserialize the JSON body into the target type: ${reason}`)
}

function withoutUndefined(value: z.output<typeof quota>): QuotaPatch {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
