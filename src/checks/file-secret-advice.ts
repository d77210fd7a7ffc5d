// How a file with a credential in it came into an image, and so how to keep it out: told by its name and by what brought it.
import { printable } from '../base/printable.ts';
import type { FileSecretFact } from '../inspection/content-facts.ts';
import type { ReadImageFacts } from './check.ts';
import { instructionOf } from './layer-mark.ts';
import { revocationOf } from './revocation.ts';

/** Files that tools read their credentials from, by the end of their path: a build gets them for one step by mounting them. */
const toolFiles: readonly { readonly ending: string; readonly id: string }[] = [
  { ending: '/.npmrc', id: 'npmrc' },
  { ending: '/.yarnrc', id: 'yarnrc' },
  { ending: '/.yarnrc.yml', id: 'yarnrc' },
  { ending: '/.netrc', id: 'netrc' },
  { ending: '/.git-credentials', id: 'git-credentials' },
  { ending: '/pip.conf', id: 'pip-conf' },
  { ending: '/.pypirc', id: 'pypirc' },
  { ending: '/pypoetry/auth.toml', id: 'poetry-auth' },
  { ending: '/.m2/settings.xml', id: 'maven-settings' },
  { ending: '/gradle.properties', id: 'gradle-properties' },
  { ending: '/NuGet.Config', id: 'nuget-config' },
  { ending: '/nuget.config', id: 'nuget-config' },
  { ending: '/.cargo/credentials', id: 'cargo-credentials' },
  { ending: '/.cargo/credentials.toml', id: 'cargo-credentials' },
  { ending: '/.composer/auth.json', id: 'composer-auth' },
  { ending: '/composer/auth.json', id: 'composer-auth' },
  { ending: '/.docker/config.json', id: 'docker-config' },
  { ending: '/.aws/credentials', id: 'aws' },
  { ending: '/.kube/config', id: 'kubeconfig' },
];

interface Found {
  readonly secret: FileSecretFact;
  /** No longer in the final file system. */
  readonly isHidden: boolean;
  /** The rule's own advice. */
  readonly general: string;
}

export function cureForFile(facts: ReadImageFacts, { secret, isHidden, general }: Found): string {
  const revoking = `revoke it${revocationOf(secret.detector)}, because every copy of the image has it`;
  const cure = isOfBase(facts, secret) ? baseCure(facts) : (toolCure(secret) ?? fileCure(facts, secret, isHidden));
  return cure === undefined ? general.replace(/revoke it, .*$/, revoking) : `${cure}; ${revoking}`;
}

function isOfBase({ content }: ReadImageFacts, { layer }: FileSecretFact): boolean {
  return layer < content.composition.base.layers;
}

function baseCure({ content }: ReadImageFacts): string {
  const { name } = content.composition.base;
  const base = name === undefined ? 'the base image' : `the base image ${printable(name, 120)}`;
  return `${base} has it: tell who maintains it, and build on one that is clean`;
}

/** The build needs it, and only while one step runs. */
function toolCure({ path }: FileSecretFact): string | undefined {
  const tool = toolFiles.find(({ ending }) => path.endsWith(ending));
  if (tool === undefined) return undefined;
  const { id } = tool;
  return `use \`RUN --mount=type=secret,id=${id},target=${printable(path, 120)} …\`, which leaves no file in any layer`;
}

function fileCure(
  facts: ReadImageFacts,
  { path, title, layer }: FileSecretFact,
  isHidden: boolean,
): string | undefined {
  const adding = instructionOf(facts, facts.layers[layer]) ?? '';
  const isKey = /private key/i.test(title);
  if (isKey && /\/\.ssh\/|\/id_(?:rsa|dsa|ecdsa|ed25519)$/.test(path)) {
    return 'use `RUN --mount=type=ssh …` with `docker build --ssh default`, which lends the key to one step and leaves it where it is';
  }
  if (/\/\.env(?:\.[\w.-]*)?$/.test(path)) {
    return 'list .env* in .dockerignore, and give the values to the container as it runs (a Secret with `envFrom`, or a mounted file)';
  }
  if (isKey) {
    return 'make it where it is used, or mount it from a Secret as the container runs (`volumes: [{ secret: … }]`); a key in an image is the same in every copy';
  }
  if (/^(?:COPY|ADD)\b/.test(adding)) {
    const instead = isHidden
      ? 'if a step needs it, `RUN --mount=type=secret,id=…,target=…`'
      : 'mount it from a Secret as the container runs';
    return `keep it out of the build context with a .dockerignore and COPY what is needed by name; ${instead}`;
  }
  return undefined;
}
