import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pin } from '../machine.ts'
import { endWithUs } from '../process/end-with-us.ts'
import { waitForPort } from './ports.ts'
import type { ServerProcess } from './server.ts'

/** Starts one of our programs as an operator does, on core 0, and waits until it listens. */
export async function startProgram(main: URL, args: readonly string[], port: number): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(main), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  endWithUs(child)
  await waitForPort(port, child)
  pin(child.pid, 0)
  return {
    port,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
