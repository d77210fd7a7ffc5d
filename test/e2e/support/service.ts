// Runs the built service as a process, as its image does: with a configuration file, certificates, a log and signals.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KeyPair } from './certificates.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('../../../bin/tidewaiter', import.meta.url));
const startTimeoutMs = 60_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Service extends Daemon {
  /** `https://127.0.0.1:PORT/validate`. */
  readonly reviewsUrl: string;
  /** `http://127.0.0.1:PORT`. */
  readonly probesUrl: string;
  readonly configurationPath: string;
  /** All lines so far; a line may lag behind its answer by a moment. */
  log(): readonly LogLine[];
  /** The value of one series of `/metrics`, or the sum of all whose beginning this is; 0 where there is none. */
  metric(series: string): Promise<number>;
  /** Puts another certificate in place of the one served, as a mounted secret is updated. */
  replaceCertificate(pair: KeyPair): Promise<void>;
}

export interface ServiceOptions {
  /** For its files; made if it is not there. */
  readonly folder: string;
  readonly certificate: KeyPair;
  /** Beside apiVersion, kind and what stands above. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Resolves once it is ready. It finds no credentials but those that its configuration names. */
export async function startService({ folder, certificate, configuration }: ServiceOptions): Promise<Service> {
  await mkdir(folder, { recursive: true });
  const tls = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const replaceCertificate = async ({ cert, key }: KeyPair): Promise<void> => {
    await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key, { mode: 0o600 })]);
  };
  await replaceCertificate(certificate);
  const configurationPath = join(folder, 'config.yaml');
  const listening = { listen: '127.0.0.1:0', probeListen: '127.0.0.1:0', tls };
  const document = { server: { ...listening, ...Object(configuration['server']) } };
  const named = { apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'Configuration' };
  await writeFile(configurationPath, JSON.stringify({ ...named, ...configuration, ...document }));

  let printed = '';
  const daemon = await startDaemon('tidewaiter', program, ['serve', '--config', configurationPath], {
    environment: { PATH: process.env['PATH'], HOME: folder },
    onOutput: (text) => {
      printed += text;
    },
  });
  const log = (): readonly LogLine[] => linesOf(printed);
  const ready = (): LogLine | undefined => log().find(({ msg }) => msg === 'ready');
  try {
    await until(async () => ready() !== undefined, {
      what: 'tidewaiter to be ready',
      timeoutMs: startTimeoutMs,
      everyMs: 20,
      signal: daemon.ended,
    });
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  const { reviews, probes }: Partial<LogLine> = ready() ?? {};
  return {
    ...daemon,
    reviewsUrl: `${String(reviews)}/validate`,
    probesUrl: String(probes),
    configurationPath,
    log,
    metric: async (series) => sumOf(await (await fetch(`${String(probes)}/metrics`)).text(), series),
    replaceCertificate,
  };
}

/** Whole lines of JSON; what else it may print is of no interest here. */
function linesOf(printed: string): readonly LogLine[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function sumOf(metrics: string, series: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(series))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
