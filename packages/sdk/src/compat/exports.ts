export * from '../exports.ts'
export { Pubky, Signer } from './compat-classes.ts'
