// What stands around a workload and changes while the service runs: labels of namespaces, platforms of nodes, the policies.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { image as imageBuilder, index } from '../../support/image.ts';
import { file } from '../../support/tar.ts';
import { type Harbour, setPlatform } from '../support/harbour.ts';
import { exemptLabel } from '../support/harbour-policies.ts';
import { succeed } from '../support/kubectl.ts';
import { until } from '../support/until.ts';
import { deployment, podSpecOf } from '../support/workloads.ts';

/** A change reaches the service by a watch, or by a look at files or nodes that is due within a second. */
const noticeMs = 30_000;

export function tellSurroundings(harbour: () => Harbour): void {
  const rehearse = (namespace: string, image: string) =>
    harbour().kubectl(['create', '--dry-run=server', `--namespace=${namespace}`, '-f', '-'], {
      input: deployment('surrounded', podSpecOf(image)),
    });
  const untilAllowed = (what: string, namespace: string, image: string): Promise<void> =>
    until(async () => (await rehearse(namespace, image)).code === 0, { what, timeoutMs: noticeMs });
  const untilRefused = (what: string, rule: string, namespace: string, image: string): Promise<void> =>
    until(async () => (await rehearse(namespace, image)).stderr.includes(rule), { what, timeoutMs: noticeMs });
  const label = (namespace: string, ...labels: readonly string[]): Promise<string> =>
    succeed(harbour().kubectl(['label', 'namespace', namespace, '--overwrite', ...labels]));

  describe('labels of a namespace', () => {
    it('exempt it from a policy for as long as they are there', async () => {
      const bad = harbour().image('root');
      await untilRefused('the refusal', 'user/root', 'exempt', bad);
      await label('exempt', `${exemptLabel}=true`);
      await untilAllowed('the exemption', 'exempt', bad);
      await label('exempt', `${exemptLabel}-`);
      await untilRefused('the refusal again', 'user/root', 'exempt', bad);
    });

    it('bring it under a stricter one', async () => {
      const healthless = harbour().image('healthless');
      await untilAllowed('the mild policy', 'exempt', healthless);
      await label('exempt', 'tier=production');
      await untilRefused('the strict policy', 'healthcheck/disabled', 'exempt', healthless);
      await label('exempt', 'tier-');
      await untilAllowed('the mild policy again', 'exempt', healthless);
    });
  });

  describe('platforms of the nodes', () => {
    it('are those on which an image is judged', async () => {
      const { registry, kubectl, apply } = harbour();
      const good = imageBuilder()
        .config({ User: '10001:10001', Healthcheck: { Test: ['CMD', '/app'] } })
        .layer([file('app', 'app')]);
      const mixed = [good.platform('linux/amd64').build(), good.platform('linux/arm64').config({ User: '0' }).build()];
      await registry.push('shop/mixed', '1', index(mixed));
      const image = `${registry.host}/shop/mixed:1`;
      await untilAllowed('the platform of the one node', 'sandbox', image);
      await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'pier' } });
      await setPlatform(kubectl, 'pier', 'arm64');
      await untilRefused('the other node', 'USER 0 is root (linux/arm64)', 'sandbox', image);
      await succeed(kubectl(['delete', 'node', 'pier']));
      await untilAllowed('the node to be gone', 'sandbox', image);
    });
  });

  describe('policies', () => {
    it('are in force a moment after they change; a broken one is named, and what was good stays', async () => {
      const { policies, image, service } = harbour();
      const path = join(policies, 'production.yaml');
      const text = await readFile(path, 'utf8');
      const readiness = async (): Promise<string> => (await fetch(`${service.probesUrl}/readyz`)).text();
      await untilRefused('the budget', 'size/compressed', 'shop', image('fat'));
      await writeFile(path, text.replace('12Mi', '64Mi'));
      await untilAllowed('the larger budget', 'shop', image('fat'));
      await writeFile(path, text.replace('maxCompressed', 'maxSize'));
      await until(async () => (await readiness()).includes('production.yaml'), {
        what: 'the problem',
        timeoutMs: noticeMs,
      });
      assert.match(await readiness(), /maxSize/);
      assert.equal((await fetch(`${service.probesUrl}/readyz`)).status, 200);
      assert.equal((await rehearse('shop', image('fat'))).code, 0);
      await writeFile(path, text);
      await untilRefused('the budget again', 'size/compressed', 'shop', image('fat'));
      assert.doesNotMatch(await readiness(), /production\.yaml/);
    });
  });
}
