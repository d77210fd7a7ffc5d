// What a person sees of each mistake: the good Deployment passes, and each bad one is refused in words that help.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertGolden } from '../support/golden.ts';
import type { Harbour } from '../support/harbour.ts';
import { tokenParts } from '../support/harbour-images.ts';
import { until } from '../support/until.ts';
import { deployment, type PodSpec, podSpecOf } from '../support/workloads.ts';

interface Row {
  readonly claim: string;
  readonly golden: string;
  readonly namespace: string;
  readonly spec: (harbour: Harbour) => PodSpec;
  readonly code: 0 | 1;
}

const rows: readonly Row[] = [
  {
    claim: 'the good Deployment passes without a word',
    golden: 'good',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('good')),
    code: 0,
  },
  {
    claim: 'a fat image is refused',
    golden: 'fat',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('fat')),
    code: 1,
  },
  {
    claim: 'an image that runs as root is refused',
    golden: 'root',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('root')),
    code: 1,
  },
  {
    claim: 'an image without a health check is refused where no probe stands in for it',
    golden: 'healthless',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('healthless')),
    code: 1,
  },
  {
    claim: 'the same is only warned about where the policy only warns',
    golden: 'healthless-warned',
    namespace: 'sandbox',
    spec: ({ image }) => podSpecOf(image('healthless')),
    code: 0,
  },
  {
    claim: 'an image with a token in a build argument and in its environment is refused',
    golden: 'leaking',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('leaking')),
    code: 1,
  },
  {
    claim: 'the latest of a good image is refused where a digest is asked for',
    golden: 'latest',
    namespace: 'vault',
    spec: ({ image }) => podSpecOf(image('good', 'latest')),
    code: 1,
  },
  {
    claim: 'everything that is wrong is told at once',
    golden: 'careless',
    namespace: 'vault',
    spec: ({ pinned }) => podSpecOf(pinned('careless')),
    code: 1,
  },
  {
    claim: 'where there is more to tell than a message holds, the worst is told, and the command that shows the rest',
    golden: 'many',
    namespace: 'vault',
    spec: ({ image, pinned }) => ({
      containers: Array.from({ length: 12 }, (_, index) => ({
        name: `web-${index}`,
        image: index % 2 === 0 ? pinned('careless') : image('leaking'),
      })),
    }),
    code: 1,
  },
  {
    claim: 'an image that is not there is refused',
    golden: 'missing',
    namespace: 'shop',
    spec: ({ image }) => podSpecOf(image('good', 'no-such')),
    code: 1,
  },
  {
    claim: 'an image of a registry that is down is refused, as what may pass',
    golden: 'registry-down',
    namespace: 'shop',
    spec: () => podSpecOf('127.0.0.1:1/shop/web:1'),
    code: 1,
  },
  {
    claim: 'an image at an address that the service does not dial is refused',
    golden: 'address-refused',
    namespace: 'shop',
    spec: () => podSpecOf('169.254.169.254/latest/meta-data:1'),
    code: 1,
  },
  {
    claim: 'an image without a readable name is refused',
    golden: 'unreadable-name',
    namespace: 'shop',
    spec: () => podSpecOf('Registry.example.com/Shop/Web:1'),
    code: 1,
  },
  {
    claim: 'a private image is refused to those who show no pull secret',
    golden: 'unauthorized',
    namespace: 'shop',
    spec: ({ locked }) => podSpecOf(`${locked.host}/private/good:1`),
    code: 1,
  },
  {
    claim: "of an image that only the service's own login opens, the evidence is kept to its log",
    golden: 'withheld',
    namespace: 'shop',
    spec: ({ locked }) => podSpecOf(`${locked.host}/service/leaking:1`),
    code: 1,
  },
];

export function tellRefusals(harbour: () => Harbour): void {
  describe('what a person sees', () => {
    for (const { claim, golden, namespace, spec, code } of rows) {
      it(claim, async () => {
        const place = harbour();
        const answer = await place.kubectl(['apply', '--namespace', namespace, '-f', '-'], {
          input: deployment(golden, spec(place)),
        });
        const { stdout, stderr } = answer;
        const seen = `$ kubectl apply --namespace ${namespace} -f deployment.yaml\n${stdout}${stderr}`;
        for (const part of tokenParts) assert.ok(!seen.includes(part), part);
        assertGolden(golden, seen, place.replacements);
        assert.equal(answer.code, code);
      });
    }

    it('the log has what was withheld, under the uid that the message names', async () => {
      const { service, kubectl, locked } = harbour();
      const input = deployment('withheld-again', podSpecOf(`${locked.host}/service/leaking:1`));
      const { stderr } = await kubectl(['apply', '--namespace', 'shop', '-f', '-'], { input });
      const uid = /under request (\S+)/.exec(stderr)?.[1];
      const told = () => service.log().find((one) => one.msg === 'decision' && one['uid'] === uid);
      await until(async () => told() !== undefined, { what: 'the line of the log', timeoutMs: 10_000 });
      assert.match(JSON.stringify(told()?.['uses']), /REGISTRY_TOKEN/);
      for (const part of tokenParts) assert.ok(!JSON.stringify(service.log()).includes(part), part);
    });
  });
}
