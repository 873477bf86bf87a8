import type { Reporter, TestModule } from 'vitest/node'

/** Prints the closing line `N passed, N failed` and, in CI, turns a skipped test into a failure of the run. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    const skipped: string[] = []
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) count.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state]++
        if (state === 'skipped') skipped.push(`${module.moduleId}: ${test.fullName}`)
      }
    }
    const inCi = process.env.CI === 'true'
    for (const name of skipped) console.log(`skipped: ${name}`)
    if (inCi && skipped.length > 0) {
      console.log('A skipped test is a failure in CI.')
      count.failed += skipped.length
      count.skipped = 0
      process.exitCode = 1
    }
    const tail = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    console.log(`\n${count.passed} passed, ${count.failed} failed${tail}`)
  }
}
