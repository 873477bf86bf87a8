import { packageVersion } from '@pubky/server-kit'

/** Version of this package. */
export const VERSION: string = packageVersion(import.meta.url)
