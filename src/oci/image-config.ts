// Image configs (OCI and Docker, one JSON shape), as checked values in which every absent or null field has its neutral value.
import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** Nanoseconds are kept as the numbers they are; they are shown, never waited for. */
export interface HealthcheckConfig {
  readonly test: readonly string[];
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly retries?: number;
}

export interface HistoryRecord {
  readonly createdBy: string;
  readonly comment: string;
  readonly author: string;
  readonly created?: string;
  readonly emptyLayer: boolean;
}

export interface ImageConfig {
  readonly platform: Platform;
  /** RFC 3339 as written; absent where the config has none. */
  readonly created?: string;
  readonly author: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly shell: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly stopSignal: string;
  readonly onBuild: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck?: HealthcheckConfig;
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryRecord[];
}
