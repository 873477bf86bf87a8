import type { Reporter, TestModule } from 'vitest/node'

/**
 * Prints a line per failure with what it said first, then the closing line `N passed, N failed`; a log cut to its end
 * still tells what broke. In CI a skipped test is a failure of the run.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    const failures: string[] = errors.map((error) => `error outside of tests: ${firstLine(error)}`)
    const skipped: string[] = []
    for (const module of modules) {
      const file = module.relativeModuleId
      if (module.state() === 'failed' && module.children.size === 0) count.failed++
      for (const error of module.errors()) failures.push(`${file}: ${firstLine(error)}`)
      for (const test of module.children.allTests()) {
        const result = test.result()
        count[result.state]++
        if (result.state === 'skipped') skipped.push(`${file}: ${test.fullName}`)
        if (result.state === 'failed') failures.push(`${file}: ${test.fullName}: ${firstLine(result.errors[0])}`)
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
    for (const failure of failures) console.log(`failed: ${failure}`)
    const tail = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    console.log(`\n${count.passed} passed, ${count.failed} failed${tail}`)
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Object && 'message' in error ? String(error.message) : String(error)
  return message.split('\n', 1)[0] ?? ''
}
