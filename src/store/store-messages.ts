// What the thread of the database is asked, and what it answers.
import type { StoredLayer } from '../inspection/stored-layer.ts';
import type { Digest } from '../oci/digest.ts';
import type { StoreTrouble } from './store-trouble.ts';

/** Reads are answered as they come, writes are gathered into transactions in their order. */
export type StoreRead =
  | { readonly kind: 'get'; readonly digest: Digest }
  | { readonly kind: 'get-layer'; readonly digest: Digest };

export type StoreWrite =
  | { readonly kind: 'put'; readonly digest: Digest; readonly text: string }
  | { readonly kind: 'put-layer'; readonly stored: StoredLayer }
  | { readonly kind: 'forget-layer'; readonly digest: Digest }
  | { readonly kind: 'claim'; readonly key: string; readonly holder: string; readonly ttlMs: number }
  | { readonly kind: 'renew'; readonly key: string; readonly holder: string; readonly ttlMs: number }
  | { readonly kind: 'release'; readonly key: string; readonly holder: string };

export type StoreRequest = StoreRead | StoreWrite;

/** The thread has no clock of its own: it is told the time of each request. `end` ends it, with all writes before it done. */
export type MessageToThread =
  | { readonly kind: 'request'; readonly id: number; readonly nowMs: number; readonly request: StoreRequest }
  | { readonly kind: 'end' };

export type StoreAnswer =
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'layer'; readonly stored: StoredLayer }
  | { readonly kind: 'claimed'; readonly granted: boolean }
  | { readonly kind: 'done' }
  /** Not there, or trouble. */
  | { readonly kind: 'nothing' };

export type MessageFromThread =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: StoreAnswer }
  | { readonly kind: 'trouble'; readonly trouble: StoreTrouble };

/** What the thread is started with. */
export interface ThreadSettings {
  readonly directory: string;
  readonly maxDatabaseBytes: number;
  readonly maxBrokenDatabases: number;
  readonly storeLockMs: number;
  readonly storeReopenMs: number;
}
