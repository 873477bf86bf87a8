import { acceptanceOf } from './acceptance.ts'

acceptanceOf('PostgreSQL', 'postgres')
