/** The prime of the field, 2^255 − 19. */
const P = 2n ** 255n - 19n

/** d of the curve −x² + y² = 1 + d·x²·y². */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** Order of the group that the base point generates. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

/** Little-endian bytes as a number. */
export function numberFromBytes(bytes: Uint8Array): bigint {
  let hex = ''
  for (let i = bytes.length - 1; i >= 0; i--) hex += bytes[i]!.toString(16).padStart(2, '0')
  return BigInt(`0x${hex || '0'}`)
}

/** A number below 2^256 as 32 little-endian bytes. */
export function numberToBytes(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) {
    bytes[i] = Number(value & 255n)
    value >>= 8n
  }
  return bytes
}

/** The representative of `value` in [0, P). */
export function mod(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}

/** The inverse of a field element; zero for zero. */
export function invert(x: bigint): bigint {
  // P − 2 = 2^5 · (2^250 − 1) + 11
  return (squareTimes(powerOf250Ones(x), 5) * ((squareTimes(x, 3) * ((x * x * x) % P)) % P)) % P
}

/** x^((P − 1) / 2): 1 for squares, P − 1 for the others, 0 for zero. */
function legendre(x: bigint): bigint {
  // (P − 1) / 2 = 2^4 · (2^250 − 1) + 6
  const x3 = (x * x * x) % P
  return (squareTimes(powerOf250Ones(x), 4) * (x3 * x3)) % P
}

/** x^(2^250 − 1), by doubling the run of ones in the exponent: half the cost of plain square-and-multiply. */
function powerOf250Ones(x: bigint): bigint {
  const ones2 = (((x * x) % P) * x) % P
  const ones4 = (squareTimes(ones2, 2) * ones2) % P
  const ones5 = (squareTimes(ones4, 1) * x) % P
  const ones10 = (squareTimes(ones5, 5) * ones5) % P
  const ones20 = (squareTimes(ones10, 10) * ones10) % P
  const ones40 = (squareTimes(ones20, 20) * ones20) % P
  const ones50 = (squareTimes(ones40, 10) * ones10) % P
  const ones100 = (squareTimes(ones50, 50) * ones50) % P
  const ones200 = (squareTimes(ones100, 100) * ones100) % P
  return (squareTimes(ones200, 50) * ones50) % P
}

function squareTimes(x: bigint, times: number): bigint {
  let result = x
  for (let i = 0; i < times; i++) result = (result * result) % P
  return result
}

/**
 * Whether 32 bytes decompress to a point of edwards25519 by the rules of ZIP-215, as every official parser demands:
 * y may be non-canonical, "negative zero" and points of small order are fine (spec 01 §1.3).
 */
export function isEdwardsPoint(bytes: Uint8Array): boolean {
  const y = coordinateY(bytes)
  const y2 = (y * y) % P
  // x² = u / v has a root exactly when u·v is zero or a square; v is never zero because −1/d is no square.
  const product = mod((y2 - 1n) * ((D * y2 + 1n) % P))
  return product === 0n || legendre(product) === 1n
}

/** Whether an encoded point has order 1, 2, 4 or 8, so that anybody can forge signatures for it (spec 01 §1.3). */
export function isSmallOrderPoint(bytes: Uint8Array): boolean {
  const y2 = coordinateY(bytes) ** 2n % P
  // Twice a point has y = (y² + x²) / (1 − d·x²·y²). That is zero, a point of order 4, when x² = −y²: in the equation of
  // the curve, d·y⁴ + 2·y² − 1 = 0. The other points have y = 0 or y² = 1.
  return y2 <= 1n || mod(D * y2 * y2 + 2n * y2 - 1n) === 0n
}

/** Whether an encoded point is neither of small order nor written with a y of the prime or above. */
export function isOrdinaryPoint(bytes: Uint8Array): boolean {
  return coordinateY(bytes) < P && !isSmallOrderPoint(bytes)
}

/** Whether 32 bytes are a scalar below the group's order, as the second half of a signature must be. */
export function isReducedScalar(bytes: Uint8Array): boolean {
  return numberFromBytes(bytes) < ORDER
}

function coordinateY(bytes: Uint8Array): bigint {
  return BigInt.asUintN(255, numberFromBytes(bytes))
}
