// What the registry client tells its surroundings: warnings for the log, numbers for the metrics.

export interface RegistryLog {
  /** Fields hold no credentials and no query strings. */
  warn(message: string, fields: Readonly<Record<string, string | number>>): void;
}

/** What a request was for; a bounded set, fit for a metric label. */
export type RegistryOperation = 'ping' | 'token' | 'resolve' | 'manifest' | 'config' | 'layer';

export interface RegistryMetrics {
  /** One HTTP exchange. `status` is the HTTP status, or the code of the Fault that there was instead. */
  request(request: {
    readonly host: string;
    readonly operation: RegistryOperation;
    readonly status: string;
    readonly durationMs: number;
  }): void;
  /** Pulls that the registry says are left (`ratelimit-remaining`). */
  rateLimitRemaining(host: string, remaining: number): void;
}

export const silentLog: RegistryLog = { warn: () => undefined };

export const noMetrics: RegistryMetrics = { request: () => undefined, rateLimitRemaining: () => undefined };
