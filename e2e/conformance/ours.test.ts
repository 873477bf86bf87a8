import { acceptanceOf } from './acceptance.ts'

acceptanceOf('SQLite', 'sqlite')
