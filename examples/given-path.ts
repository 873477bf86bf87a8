import { resolve } from 'node:path'

/** The file that an argument names. Package managers run scripts in the package's folder and tell the person's in `INIT_CWD`. */
export function givenPath(argument: string): string {
  return resolve(process.env.INIT_CWD ?? '', argument)
}
