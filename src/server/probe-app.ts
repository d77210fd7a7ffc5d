// The probes and the numbers as an express app of its own, for a port that the API server does not use.
import type { Express } from 'express';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createBareApp, refuseMethod, sendJson } from './bare-app.ts';

export interface ServiceStatus {
  readonly policies: {
    /** How many are in force. */
    readonly loaded: number;
    /** Documents that do not load as they are now. */
    readonly broken: readonly BrokenDocument[];
  };
  /** Whether the webhook's listener is up with its certificate (or was told to go without). */
  readonly isServing: boolean;
  readonly isDraining: boolean;
  /** Whether the namespaces of the cluster are followed; `none` without an API server. */
  readonly cluster: 'synced' | 'not-synced' | 'none';
}

export interface BrokenDocument {
  readonly source: string;
  readonly problems: readonly string[];
  /** Revision that stays in force instead; absent when there is none. */
  readonly lastGoodRevision?: string;
}

export interface ProbeDeps {
  readonly status: () => ServiceStatus;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * A broken document does not make the service unready: the last good one is in force, and the body names it. Nor does an API server that
 * cannot be listed: namespaces are then read one by one, and an unready webhook would help nobody.
 */
export function createProbeApp({ status, metrics, log }: ProbeDeps): Express {
  return createBareApp(log, (app) => {
    app.get('/livez', (_, response) => sendJson(response, { status: 'alive' }));
    app.get('/readyz', (_, response) => {
      const { policies, isServing, isDraining, cluster } = status();
      const isReady = policies.loaded > 0 && isServing && !isDraining;
      response.statusCode = isReady ? 200 : 503;
      sendJson(response, { status: isDraining ? 'draining' : isReady ? 'ready' : 'starting', policies, cluster });
    });
    app.get('/metrics', async (_, response) => {
      const text = await metrics.render();
      response.setHeader('Content-Type', metrics.contentType);
      response.end(text);
    });
    app.all(['/livez', '/readyz', '/metrics'], refuseMethod('GET'));
  });
}
