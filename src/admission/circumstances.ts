// What is known about the instant and the place of a question, so far as it could be found out.
import type { Workload } from '../workload/use.ts';

export interface Circumstances {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** With the namespace of the request. */
  readonly workload: Workload;
  /** Absent when no policy asks for them, and when they could not be had. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}
