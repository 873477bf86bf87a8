/** What every store must do, whatever it is made of. Run by each back end's own test file. */
import { afterEach, beforeEach, describe } from 'vitest'
import { accountsContract } from './contract/accounts.contract.ts'
import { deletionContract } from './contract/deletion.contract.ts'
import { entriesContract } from './contract/entries.contract.ts'
import { eventsContract } from './contract/events.contract.ts'
import { grantsContract } from './contract/grants.contract.ts'
import { lifetimeContract } from './contract/lifetime.contract.ts'
import { listingsContract } from './contract/listings.contract.ts'
import { locksContract } from './contract/locks.contract.ts'
import { noticesContract } from './contract/notices.contract.ts'
import { StoreBench, type StoreUnderTest } from './contract/store-bench.contract.ts'

/** @param open makes a fresh store for each test */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    const at = new StoreBench(open)
    beforeEach(() => at.setUp())
    afterEach(() => at.tearDown())

    accountsContract(at)
    grantsContract(at)
    entriesContract(at)
    listingsContract(at)
    locksContract(at)
    eventsContract(at)
    noticesContract(at)
    deletionContract(at)
    lifetimeContract(at)
  })
}
