export { chacha20poly1305Open, chacha20poly1305Seal } from '../portable/aead.ts'
