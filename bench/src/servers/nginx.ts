import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pin } from '../machine.ts'
import { endWithUs } from '../process/end-with-us.ts'
import { freePort, waitForPort } from './ports.ts'
import type { ServerProcess } from './server.ts'

export const nginxAvailable = spawnSync('nginx', ['-v']).status === 0

/** nginx with its DAV module on a folder of plain files: one worker, no fsync on PUT, no authentication. */
export async function startNginx(folder: string): Promise<ServerProcess> {
  const root = join(folder, 'files')
  mkdirSync(root, { recursive: true })
  chmodSync(folder, 0o755)
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; client_max_body_size 64m; client_body_buffer_size 2m;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; default_type application/octet-stream; sendfile on;
  server { listen 127.0.0.1:${port}; root ${root}; location / { dav_methods PUT DELETE; create_full_put_path on; } }
}
`,
  )
  const child = spawn('nginx', ['-c', config, '-e', join(folder, 'error.log')], { stdio: 'ignore' })
  endWithUs(child)
  pin(child.pid, 0)
  await waitForPort(port, child)
  return {
    port,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
