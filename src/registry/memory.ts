// What is remembered between questions: digests of tags, who may read what, and refusals; bounded, and separate for each credential.
import { LRUCache } from 'lru-cache';
import { Fault, type FaultCode } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { Login } from './login.ts';
import type { NetworkLimits } from './settings.ts';

interface RememberedTag {
  readonly digest: Digest;
  /** When the registry last said so. */
  readonly seenAtMs: number;
}

/** The words of a Fault; its stack and cause would weigh a hundred times as much. */
interface RememberedRefusal {
  readonly code: FaultCode;
  readonly message: string;
  readonly untilMs: number;
}

export interface RegistryMemory {
  /** What a tag named when it was last asked for. A hint for how to ask, never an answer without an authorisation. */
  tag(reference: ImageReference): RememberedTag | undefined;
  rememberTag(reference: ImageReference, digest: Digest): void;
  /** The registry said that there is no such tag. */
  forgetTag(reference: ImageReference): void;
  /** When the login last proved that it may read its repository. */
  authorisedAtMs(login: Login): number | undefined;
  isAuthorisationLive(login: Login): boolean;
  rememberAuthorised(login: Login): void;
  /** A refusal of the same login for the same thing that still counts. */
  refusal(login: Login, path: string): Fault | undefined;
  /** Keeps `registry/not-found` and `registry/unauthorized` for their time, and nothing else. The latter ends the authorisation. */
  rememberRefusal(login: Login, path: string, fault: Fault): void;
}

export function createMemory(limits: NetworkLimits, now: () => number): RegistryMemory {
  const tags = new LRUCache<string, RememberedTag>({ max: limits.maxRemembered });
  const authorisations = new LRUCache<string, number>({ max: limits.maxRemembered });
  const refusals = new LRUCache<string, RememberedRefusal>({ max: limits.maxRemembered });

  return {
    tag: (reference) => tags.get(tagKey(reference)),
    rememberTag(reference, digest) {
      tags.set(tagKey(reference), { digest, seenAtMs: now() });
    },
    forgetTag(reference) {
      tags.delete(tagKey(reference));
    },
    authorisedAtMs: (login) => authorisations.get(loginKey(login)),
    isAuthorisationLive(login) {
      const atMs = authorisations.get(loginKey(login));
      return atMs !== undefined && now() - atMs < limits.authorisationMs;
    },
    rememberAuthorised(login) {
      authorisations.set(loginKey(login), now());
    },
    refusal(login, path) {
      const known = refusals.get(`${loginKey(login)} ${path}`);
      return known !== undefined && known.untilMs > now() ? new Fault(known.code, known.message) : undefined;
    },
    rememberRefusal(login, path, fault) {
      if (fault.code === 'registry/unauthorized') authorisations.delete(loginKey(login));
      const lifeMs = refusalLifeMs(fault, limits);
      if (lifeMs > 0) refusals.set(`${loginKey(login)} ${path}`, { ...wordsOf(fault), untilMs: now() + lifeMs });
    },
  };
}

function wordsOf({ code, message }: Fault): Pick<RememberedRefusal, 'code' | 'message'> {
  return { code, message };
}

function refusalLifeMs(fault: Fault, limits: NetworkLimits): number {
  if (fault.code === 'registry/not-found') return limits.notFoundMs;
  return fault.code === 'registry/unauthorized' ? limits.unauthorizedMs : 0;
}

function tagKey(reference: ImageReference): string {
  return `${reference.host}/${reference.repository}:${reference.tag ?? ''}`;
}

const loginKey = oncePerObject(
  (login: Login): string => `${login.endpoint.apiRoot.href} ${login.repository} ${login.fingerprint}`,
);
