// The service's own credentials, read again when their files change: logins of clouds hold for some hours, and a mounted secret is swapped.
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../base/fault.ts';
import type { watchFiles } from '../files/file-watch.ts';
import type { Keyring } from '../inspection/image-source.ts';
import type { Log } from '../telemetry/log.ts';
import type { CredentialText } from './docker-config-files.ts';

/** Where credentials lie, and what is made of them. */
export interface OwnCredentials {
  /** @throws Fault `usage`. */
  readonly read: () => Promise<readonly CredentialText[]>;
  /** @throws Fault `document/invalid`. */
  readonly keyringOf: (texts: readonly CredentialText[]) => Keyring;
}

export interface FollowedKeyring extends Keyring {
  close(): Promise<void>;
}

export interface KeyringFollowing extends OwnCredentials {
  readonly watch: typeof watchFiles;
  /** Between two looks at the files. Milliseconds. */
  readonly everyMs: number;
  readonly log: Pick<Log, 'info' | 'error'>;
}

/**
 * Credentials that cannot be read any more leave the last good ones in force.
 * @throws Fault as `read` and `keyringOf` do, for the first reading only.
 */
export async function followKeyring(following: KeyringFollowing): Promise<FollowedKeyring> {
  const { read, keyringOf, watch, everyMs, log } = following;
  let texts = await read();
  let keyring = keyringOf(texts);
  let problem: Fault | undefined;

  async function look(): Promise<void> {
    try {
      const found = await read();
      if (!isDeepStrictEqual(found, texts)) {
        keyring = keyringOf(found);
        texts = found;
        log.info({}, 'the credentials of the service were read again');
      }
      problem = undefined;
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      const isNew = problem?.message !== thrown.message;
      problem = thrown;
      if (isNew) log.error({ err: thrown }, 'the credentials of the service cannot be read; the last good ones stay');
    }
  }

  // Most of the places do not exist, so nothing hints at a change.
  const watching = watch({ look, directories: () => [], everyMs });
  return {
    lookup: (reference, signal) => keyring.lookup(reference, signal),
    atHand: (reference) => keyring.atHand?.(reference),
    close: () => watching.close(),
  };
}
