import * as pubky from './exports.ts'

export * from './exports.ts'
/** Everything this package exports, as one object, for those who import it by default. */
export default pubky
