export { argon2id } from '../portable/argon2id.ts'
