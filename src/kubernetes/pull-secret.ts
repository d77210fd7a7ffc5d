// One pull secret as the kubelet reads it: type and key must pair up, and anything else is left out with a warning.
import { faultFromUnknown } from '../base/fault.ts';
import type { Keyring } from '../inspection/image-source.ts';
import { keyringFromDockerConfig } from '../registry/pull-secret-keyring.ts';
import { field, textField } from '../workload/fields.ts';

export type PullSecret =
  | { readonly kind: 'usable'; readonly keyring: Keyring }
  /** `why` goes into a log line and holds nothing of the secret. */
  | { readonly kind: 'unusable'; readonly why: string };

/** kubelet `credentialprovider/secrets.MakeDockerKeyring`. Never throws for what the secret holds. */
export function pullSecretFromObject(object: unknown, source: string): PullSecret {
  const text = dockerConfigText(object);
  if (text === undefined) {
    return { kind: 'unusable', why: 'it is neither of type dockerconfigjson nor dockercfg with the key of that type' };
  }
  try {
    return { kind: 'usable', keyring: keyringFromDockerConfig(text, source, 'requester') };
  } catch (thrown) {
    const fault = faultFromUnknown(thrown);
    return { kind: 'unusable', why: `its docker configuration cannot be read (${fault.code})` };
  }
}

function dockerConfigText(object: unknown): string | undefined {
  switch (textField(object, 'type')) {
    case 'kubernetes.io/dockerconfigjson':
      return decodedData(object, '.dockerconfigjson');
    case 'kubernetes.io/dockercfg': {
      // The legacy type holds what the other one has under `auths`.
      const auths = decodedData(object, '.dockercfg');
      return auths === undefined ? undefined : `{"auths":${auths}}`;
    }
    default:
      return undefined;
  }
}

function decodedData(object: unknown, key: string): string | undefined {
  const encoded = textField(field(object, 'data'), key);
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  return text === '' ? undefined : text;
}
