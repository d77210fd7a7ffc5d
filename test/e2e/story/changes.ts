// What ran before the webhook came: it may be scaled, labelled and deleted, and is judged where its image use changes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertGolden } from '../support/golden.ts';
import type { Harbour } from '../support/harbour.ts';
import { succeed } from '../support/kubectl.ts';
import { deployment, pod, podSpecOf } from '../support/workloads.ts';

/** To be called before the webhook is registered. */
export async function createOldWorkloads({ apply, image }: Harbour): Promise<void> {
  const items = [deployment('old', podSpecOf(image('root'))), pod('old', podSpecOf(image('root')))];
  await apply({ apiVersion: 'v1', kind: 'List', items }, '--namespace=shop');
}

const patch = (field: object): readonly string[] => [
  ...['patch', 'deployment', 'old', '--type=strategic', '-p'],
  JSON.stringify({ spec: { template: { spec: field } } }),
];

const allowed: readonly (readonly [claim: string, args: readonly string[]])[] = [
  ['scaled', ['scale', 'deployment', 'old', '--replicas=3']],
  ['labelled', ['label', 'deployment', 'old', 'team=bakery']],
  ['annotated', ['annotate', 'deployment', 'old', 'reviewed=never']],
  ['restarted', ['rollout', 'restart', 'deployment', 'old']],
  ['given another variable', ['set', 'env', 'deployment', 'old', 'LEVEL=debug']],
  ['given resources', ['set', 'resources', 'deployment', 'old', '--requests=cpu=10m']],
  ['labelled as a Pod', ['label', 'pod', 'old', 'team=bakery']],
];

export function tellChanges(harbour: () => Harbour): void {
  describe('a workload that violates, and was there before', () => {
    for (const [claim, args] of allowed) {
      it(`may be ${claim}, and no registry is asked`, async () => {
        const { kubectl, service } = harbour();
        const before = await service.metric('tidewaiter_registry_requests_total');
        await succeed(kubectl([...args, '--namespace=shop']));
        assert.equal(await service.metric('tidewaiter_registry_requests_total'), before);
      });
    }

    it('may be applied again as it was, by server-side apply with force, and no registry is asked', async () => {
      const { kubectl, image, service } = harbour();
      const again = deployment('old', podSpecOf(image('root')));
      const input = { ...again, metadata: { name: 'old', labels: { applied: 'again' } } };
      const before = await service.metric('tidewaiter_registry_requests_total');
      const args = ['apply', '--server-side', '--force-conflicts', '--namespace=shop', '-f', '-'];
      await succeed(kubectl(args, { input }));
      const label = ['get', 'deployment', 'old', '--namespace=shop', '-o', 'jsonpath={.metadata.labels.applied}'];
      assert.equal(await succeed(kubectl(label)), 'again');
      assert.equal(await service.metric('tidewaiter_registry_requests_total'), before);
    });

    it('is judged when its image changes', async () => {
      const { kubectl, image, replacements } = harbour();
      const args = ['set', 'image', 'deployment/old', '--namespace=shop', `web=${image('leaking')}`];
      const { code, stdout, stderr } = await kubectl(args);
      assertGolden('set-image', `$ kubectl ${args.join(' ')}\n${stdout}${stderr}`, replacements);
      assert.equal(code, 1);
    });

    it('is judged when its user changes, and when a container joins it', async () => {
      const { kubectl, image } = harbour();
      const joined = {
        containers: [
          { name: 'web', image: image('root') },
          { name: 'more', image: image('leaking') },
        ],
      };
      for (const field of [{ securityContext: { runAsUser: 0 } }, joined]) {
        const { code, stderr } = await kubectl([...patch(field), '--namespace=shop']);
        assert.equal(code, 1, stderr);
      }
    });

    it('is judged by what joins it alone', async () => {
      const { kubectl, image } = harbour();
      const field = { containers: [{ name: 'more', image: image('leaking') }] };
      const { stderr } = await kubectl([...patch(field), '--namespace=shop']);
      assert.match(stderr, /secrets\/env/);
      assert.doesNotMatch(stderr, /user\/root/);
    });

    it('may be mended', async () => {
      const { kubectl, image } = harbour();
      await succeed(kubectl(['set', 'image', 'deployment/old', `web=${image('good')}`, '--namespace=shop']));
    });

    it('may be deleted', async () => {
      const { kubectl } = harbour();
      await succeed(
        kubectl(['delete', 'pod', 'old', '--namespace=shop', '--wait=false', '--grace-period=0', '--force']),
      );
    });
  });
}
