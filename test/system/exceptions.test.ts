// Exceptions at two doors: the service and the command line honour the same ones, no others, and keep what is waived in view.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { until } from '../e2e/support/until.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type CommandLine, createCommandLine } from './support/command-line.ts';
import { createReviewer, type Reviewer } from './support/reviewer.ts';
import { reportOf } from './support/told.ts';

const apiVersion = 'tidewaiter.dev/v1alpha1';

/** Judges by the name alone, so that no registry is needed. */
const policy = {
  apiVersion,
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'names' },
  spec: { action: 'deny', checks: { reference: { forbid: ['latest'] } } },
};

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** One for the image of its own name. */
const exceptions: Readonly<
  Record<string, { readonly expires: string; readonly namespace?: string; readonly rules?: readonly string[] }>
> = {
  dated: { expires: inSeconds(3600) },
  'of-the-namespace': { expires: inSeconds(3600), namespace: 'shop' },
  'of-another-namespace': { expires: inSeconds(3600), namespace: 'bakery' },
  'expired-a-second-ago': { expires: inSeconds(-1) },
  'for-another-rule': { expires: inSeconds(3600), rules: ['reference/no-digest'] },
};
const honoured = ['dated', 'of-the-namespace'];

const imageOf = (name: string): string => `registry.example.com/shop/${name}:latest`;

describe('exceptions', () => {
  const stack = new AsyncDisposableStack();
  let policies: string;
  let service: Service;
  let reviewer: Reviewer;
  let tidewaiter: CommandLine;

  before(async () => {
    const directory = await temporaryDirectory({ after: (remove) => stack.defer(remove) });
    policies = join(directory, 'policies');
    await mkdir(policies);
    await writeFile(join(policies, 'policy.yaml'), JSON.stringify(policy));
    for (const [name, { expires, namespace, rules = ['reference/latest'] }] of Object.entries(exceptions)) {
      const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
      const about = { policies: ['names'], rules, images: [`registry.example.com/shop/${name}`] };
      const spec = { ...about, reason: 'is being replaced', owner: 'shop', expires };
      const document = { apiVersion, kind: 'ImageAdmissionException', metadata, spec };
      await writeFile(join(policies, `${name}.yaml`), JSON.stringify(document));
    }
    const authority = await createAuthority('exceptions');
    service = stack.use(
      await startService({
        folder: directory,
        certificate: await authority.issueServer(['127.0.0.1']),
        configuration: {
          kubernetes: { enabled: false },
          policies: { paths: [policies] },
          server: { shutdown: { grace: '0s' } },
        },
      }),
    );
    reviewer = createReviewer({ url: service.reviewsUrl, ca: authority.cert });
    stack.defer(() => reviewer.close());
    tidewaiter = createCommandLine(directory);
  });
  after(() => stack.disposeAsync());

  for (const name of Object.keys(exceptions)) {
    const isHonoured = honoured.includes(name);
    const says = isHonoured ? 'is honoured' : 'is not honoured';

    it(`${name} ${says} by the service`, async () => {
      const { allowed, message } = await reviewer.ask(admissionReview(podOf(imageOf(name))));
      assert.equal(allowed, isHonoured, message);
    });

    it(`${name} ${says} by the command line`, async () => {
      const stdin = JSON.stringify(podOf(imageOf(name)));
      const checked = await tidewaiter(['check', '-o', 'json', '--policies', policies, '-'], { stdin });
      assert.equal(checked.code, isHonoured ? 0 : 1, checked.stderr);
      const told = reportOf(checked).subjects.flatMap(({ findings }) => findings.map(({ waivedBy }) => waivedBy));
      assert.deepEqual(told, [isHonoured ? name : undefined]);
    });
  }

  it('are held against the instant that the command line is given', async () => {
    const stdin = JSON.stringify(podOf(imageOf('dated')));
    const { expires = '' } = exceptions['dated'] ?? {};
    const lastMoment = new Date(Date.parse(expires) - 1).toISOString();
    const codes = [];
    for (const at of [lastMoment, expires]) {
      codes.push((await tidewaiter(['check', '--policies', policies, '--at', at, '-'], { stdin })).code);
    }
    assert.deepEqual(codes, [0, 1]);
  });

  it('leave what they waive in the text and in the log', async () => {
    const stdin = JSON.stringify(podOf(imageOf('dated')));
    const { stdout } = await tidewaiter(['check', '--policies', policies, '-'], { stdin });
    assert.match(stdout, /reference\/latest[\s\S]*waived by the exception dated/);
    await reviewer.ask(admissionReview(podOf(imageOf('dated')), { uid: 'told' }));
    const told = () => service.log().find(({ uid }) => uid === 'told');
    await until(async () => told() !== undefined, { what: 'the decision in the log', timeoutMs: 60_000 });
    assert.match(JSON.stringify(told()), /"rule":"reference\/latest".*"waivedBy":"dated"/);
  });
});
