// The keyring of a Kubernetes pull secret: its passwords, matched to images as the kubelet matches them.
import type { Credential, Keyring } from '../inspection/image-source.ts';
import type { ImageReference } from '../oci/reference.ts';
import { parseDockerConfig } from './docker-config.ts';
import { createCredentialIndex } from './keyring-matching.ts';

/**
 * @param text the value of `.dockerconfigjson`; that of `.dockercfg` goes under `auths`.
 * Tokens and helpers in it are left out, as the kubelet leaves them out: what it cannot use would make a verdict that its pull does not keep.
 * @throws Fault `document/invalid`, without a word of the text.
 */
export function keyringFromDockerConfig(text: string, source: string, grant: Credential['grant']): Keyring {
  const index = createCredentialIndex(
    parseDockerConfig(text, source).auths.flatMap(({ key, username, password }) =>
      username === undefined && password === undefined
        ? []
        : [[key, passwordCredential(source, grant, username, password)] as const],
    ),
  );
  const atHand = ({ host, repository }: ImageReference): readonly Credential[] => index.lookup(`${host}/${repository}`);
  return { lookup: async (reference) => atHand(reference), atHand };
}

function passwordCredential(source: string, grant: Credential['grant'], username = '', password = ''): Credential {
  return { source, grant, login: { kind: 'password', username, password } };
}
