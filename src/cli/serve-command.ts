// `tidewaiter serve`: runs the service until it is told to stop.
import { once } from 'node:events';
import { Fault } from '../base/fault.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import type { ServeOptions } from './program.ts';
import type { Terminal } from './terminal.ts';
import { serveConfiguration, startService } from './wiring.ts';

export async function runServe(_: readonly string[], options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const configuration = await serveConfiguration(options);
  if (configuration.server.tls === undefined && !configuration.server.insecureHttp) {
    throw new Fault(
      'usage',
      'serve needs --tls-cert and --tls-key (or server.tls in the configuration); --insecure-http goes without',
    );
  }
  const service = await startService(configuration, terminal);
  service.log.info(service.listening, 'ready');
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
  service.log.info({}, 'draining');
  await service.drain();
  terminal.endedInPeace();
  return exitCodes.ok;
}
