export { chacha20poly1305Open, chacha20poly1305Seal } from '../portable/chacha20poly1305.ts'
