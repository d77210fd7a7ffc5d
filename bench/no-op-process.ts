// Runs the no-op as a process of its own, on the same Node and with the same certificate as the service.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface NoOpProcess {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param configFile the service's, beside which its certificate lies. */
export async function startNoOp(configFile: string): Promise<NoOpProcess> {
  const directory = dirname(configFile);
  const script = fileURLToPath(new URL('no-op-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script, join(directory, 'tls.crt'), join(directory, 'tls.key')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [chunk] = await once(child.stdout, 'data');
  return {
    port: Number(String(chunk)),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
