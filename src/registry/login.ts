// One way in to a repository: where, with which credential, and how to tell it from others.
import type { Credential } from '../inspection/image-source.ts';
import type { Endpoint } from './endpoints.ts';

export interface Login {
  readonly endpoint: Endpoint;
  readonly repository: string;
  /** Absent for anonymous. */
  readonly credential?: Credential;
  /** Of the credential: equal logins have equal ones. */
  readonly fingerprint: string;
  /** `Credential.source`, or `anonymous`. */
  readonly source: string;
}
