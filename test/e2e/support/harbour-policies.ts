// The policies of the story: the library's two, each with a place to apply, and a third that a team might write.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

/** A namespace with this label is left out of `baseline`. */
export const exemptLabel = 'tidewaiter.dev/exempt';

const production = {
  apiVersion: 'tidewaiter.dev/v1alpha1',
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'production' },
  spec: {
    description: 'What is asked where customers are, beyond the baseline.',
    match: { namespaceSelector: { matchLabels: { tier: 'production' } } },
    action: 'deny',
    checks: { size: { maxCompressed: '12Mi' }, healthcheck: { required: true } },
  },
};

/**
 * `baseline` everywhere but in exempt namespaces; `production` and `restricted` by the namespace's label `tier`.
 * @returns the directory.
 */
export async function writePolicies(folder: string): Promise<string> {
  const policies = join(folder, 'policies');
  await mkdir(policies);
  const exempt = [{ namespaceSelector: { matchLabels: { [exemptLabel]: 'true' } } }];
  const attacked = { namespaceSelector: { matchLabels: { tier: 'restricted' } } };
  await writeFile(join(policies, 'baseline.yaml'), await libraryPolicy('baseline', 'exclude', exempt));
  await writeFile(join(policies, 'restricted.yaml'), await libraryPolicy('restricted', 'match', attacked));
  await writeFile(join(policies, 'production.yaml'), JSON.stringify(production));
  return policies;
}

/** A copy with one thing changed, as the library tells people to use it. */
async function libraryPolicy(name: string, key: string, value: unknown): Promise<string> {
  const path = fileURLToPath(new URL(`../../../policies/${name}/policy.yaml`, import.meta.url));
  const document = parseDocument(await readFile(path, 'utf8'));
  document.setIn(['spec', key], document.createNode(value));
  return document.toString();
}
