/**
 * publint and are-the-types-wrong on every publishable package, as npm would pack it, and the SDK's declarations as
 * apps read them. Needs `pnpm build` first.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

interface Manifest {
  readonly name: string
  readonly private?: boolean
}

let failures = 0

function run(name: string, command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status === 0) return
  failures++
  console.error(`${name}: ${command} ${args.join(' ')}\n${stdout}${stderr}`)
}

const manifests = globSync('{packages,apps}/*/package.json').sort()
for (const path of manifests) {
  const { name, private: isPrivate } = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  if (isPrivate === true) continue
  const folder = dirname(path)
  run(name, 'publint', ['--strict'], folder)
  run(name, 'attw', ['--pack', '.', '--profile', 'esm-only'], folder)
  console.log(`checked ${name}`)
}
/** Apps that check libraries too: a page with the settings bundlers start with, and a program for Node. */
const APPS = {
  page: ['--lib', 'ES2022,DOM,DOM.Iterable', '--types', '', '--module', 'ESNext', '--moduleResolution', 'bundler'],
  program: ['--lib', 'ES2022', '--types', 'node', '--module', 'NodeNext'],
}
for (const [app, options] of Object.entries(APPS)) {
  const strict = ['--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'ES2022']
  run(`@pubky/sdk for a ${app}`, 'tsc', [...strict, ...options, 'dist/index.d.ts', 'dist/compat.d.ts'], 'packages/sdk')
}
process.exitCode = failures === 0 ? 0 : 1
