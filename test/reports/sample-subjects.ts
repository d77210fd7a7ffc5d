// The subjects that the tests of reports tell of: one of each verdict, with findings of every kind of evidence.
import { Fault } from '../../src/base/fault.ts';
import type { RunnableImageFacts } from '../../src/inspection/image-facts.ts';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { Finding, SubjectVerdict, UseVerdict } from '../../src/policy/verdict.ts';
import type { Report, ReportedSubject } from '../../src/reports/report.ts';
import { imageFacts, layersOfSizes, secretFact, useOf, workloadOf } from '../support/facts.ts';

export function reportOf(subjects: readonly ReportedSubject[], changes: Partial<Report> = {}): Report {
  return {
    engine: '0.1.0',
    detectors: 1,
    at: '2026-11-23T10:00:00Z',
    policies: [
      { name: 'production-baseline', source: 'policies/production/policy.yaml', revision: digestOf('production') },
      { name: 'sizes', source: 'policies/sizes/policy.yaml', revision: digestOf('sizes') },
    ],
    isBuiltInPolicy: false,
    subjects,
    ...changes,
  };
}

export function finding(changes: Partial<Finding> & Pick<Finding, 'rule'>): Finding {
  return {
    severity: 'high',
    action: 'deny',
    policies: [{ name: 'production-baseline', action: 'deny' }],
    fingerprint: digestOf(changes.rule).slice(7, 39),
    message: 'what is wrong, with what was seen and what was wanted',
    advice: 'what to change in the Dockerfile',
    ...changes,
  };
}

export function verdictOf(changes: Partial<UseVerdict> = {}): UseVerdict {
  return {
    use: useOf(),
    image: 'registry.example.com/shop/api:1.4',
    digest: digestOf('index'),
    platforms: [
      { platform: 'linux/amd64', digest: digestOf('amd64') },
      { platform: 'linux/arm64', digest: digestOf('arm64') },
    ],
    verdict: 'allow',
    unjudged: false,
    findings: [],
    policies: ['production-baseline', 'sizes'],
    coverage: { layers: 5, read: 0 },
    ...changes,
  };
}

/** One use with where it stands. */
interface Row {
  readonly target: string;
  readonly source?: { readonly file: string; readonly line: number };
  readonly workload?: NonNullable<SubjectVerdict['workload']>;
  readonly verdict: UseVerdict;
}

function subjectOf({ target, source, workload, verdict }: Row): ReportedSubject {
  return {
    target,
    ...(source === undefined ? {} : { file: source.file, lineOf: () => source.line }),
    verdict: { ...(workload === undefined ? {} : { workload }), verdict: verdict.verdict, uses: [verdict] },
  };
}

const deployment = workloadOf([], { apiVersion: 'apps/v1', kind: 'Deployment' });
const inTemplate = (index: number, name: string) =>
  useOf({ path: `spec.template.spec.containers[${index}].image`, name });

const denied: Row = {
  target: 'deploy.yaml',
  source: { file: 'deploy.yaml', line: 17 },
  workload: deployment,
  verdict: verdictOf({
    use: inTemplate(0, 'api'),
    verdict: 'deny',
    findings: [
      finding({
        rule: 'secrets/history',
        severity: 'critical',
        message: 'RUN instruction 3 of the history (NPM_TOKEN) holds a credential (npm access token, npm_…)',
        advice:
          'never pass it as a build argument or write it in a RUN line: use `RUN --mount=type=secret,id=token …` and `docker build --secret id=token`. A build stage alone does not hide it from its own history. Revoke it',
        evidence: {
          kind: 'history',
          index: 2,
          instruction: 'RUN npm ci --omit=dev',
          layer: 1,
          name: 'NPM_TOKEN',
          detector: 'npm-token',
        },
      }),
      finding({
        rule: 'secrets/env',
        severity: 'critical',
        message: 'the environment variable DB_PASSWORD holds a credential (likely password)',
        evidence: { kind: 'env', name: 'DB_PASSWORD', detector: 'named-password' },
        platforms: ['linux/amd64'],
      }),
      finding({
        rule: 'size/layer',
        severity: 'medium',
        action: 'warn',
        policies: [
          { name: 'production-baseline', action: 'audit' },
          { name: 'sizes', action: 'warn' },
        ],
        message: 'layer 4 has 310 MiB compressed, more than 100 MiB',
        advice: 'build in a stage of its own, and copy only what runs',
        evidence: { kind: 'layer', index: 3, digest: digestOf('layer'), size: 325_058_560, instruction: 'COPY . .' },
      }),
      finding({
        rule: 'labels/missing',
        severity: 'low',
        action: 'audit',
        evidence: { kind: 'manifest', field: 'config.Labels' },
      }),
      finding({
        rule: 'user/root',
        evidence: { kind: 'manifest', field: 'config.User', value: '0' },
        waivedBy: 'legacy-root-until-june',
      }),
    ],
  }),
};

const warned: Row = {
  target: 'deploy.yaml',
  source: { file: 'deploy.yaml', line: 31 },
  workload: deployment,
  verdict: verdictOf({
    use: inTemplate(1, 'proxy'),
    image: 'docker.io/library/nginx:1.29',
    verdict: 'warn',
    staleSince: '2026-11-23T09:40:00Z',
    findings: [
      finding({
        rule: 'reference/no-digest',
        severity: 'low',
        action: 'warn',
        policies: [{ name: 'sizes', action: 'warn' }],
        message: 'the image is named by a tag alone',
        advice: 'write the digest too',
        evidence: { kind: 'source', path: 'spec.template.spec.containers[1].image', value: 'nginx:1.29' },
      }),
    ],
  }),
};

const allowed: Row = {
  target: 'registry.example.com/shop/web:2.0',
  verdict: verdictOf({ use: useOf({ path: '', name: '' }), image: 'registry.example.com/shop/web:2.0' }),
};

const { digest: _digest, coverage: _coverage, ...unread } = verdictOf();

const { name: _name, ...importJob } = workloadOf([], { apiVersion: 'batch/v1', kind: 'Job', generateName: 'import-' });

const unjudged: Row = {
  target: 'job.yaml',
  source: { file: 'job.yaml', line: 9 },
  workload: importJob,
  verdict: { ...unread, image: 'registry.example.com/tools/import:7', platforms: [], unjudged: true, policies: [] },
};

const undecided: Row = {
  target: 'registry.example.com/shop/gone:1',
  verdict: {
    ...unread,
    use: useOf({ path: '', name: '' }),
    image: 'registry.example.com/shop/gone:1',
    platforms: [],
    verdict: 'deny',
    findings: [
      finding({
        rule: 'undecided/not-found',
        message: 'the registry has no such image',
        advice: 'correct the name, or push the image',
      }),
    ],
  },
};

export const subjects: readonly ReportedSubject[] = [denied, warned, allowed, unjudged, undecided].map(subjectOf);

/** What would move the cursor, change the direction of text, or forge a line, in every text that comes from outside. */
export const hostileText = 'a\u001b[2J\u202eb\nALLOW c\u0007';

/** A subject whose every text from outside is hostile. */
const hostileRow: Row = {
  target: hostileText,
  source: { file: hostileText, line: 1 },
  workload: workloadOf([], { kind: hostileText, namespace: hostileText, name: hostileText }),
  verdict: verdictOf({
    use: useOf({ name: hostileText, image: hostileText }),
    image: hostileText,
    platforms: [{ platform: hostileText, digest: digestOf('x') }],
    verdict: 'deny',
    staleSince: hostileText,
    findings: [
      finding({
        rule: 'secrets/history',
        message: hostileText,
        advice: hostileText,
        platforms: [hostileText],
        evidence: { kind: 'history', index: 0, instruction: hostileText },
      }),
      finding({
        rule: 'size/layer',
        evidence: { kind: 'layer', index: 0, digest: hostileText, size: 1, instruction: hostileText },
      }),
      finding({
        rule: 'secrets/file',
        evidence: {
          kind: 'file',
          path: hostileText,
          within: [hostileText],
          others: [hostileText],
          state: 'deleted',
          addedBy: { layer: hostileText, index: 0, instruction: hostileText },
          hiddenBy: { layer: hostileText, index: 1, instruction: hostileText },
        },
      }),
      finding({
        rule: 'reference/latest',
        waivedBy: hostileText,
        evidence: { kind: 'source', path: hostileText, value: hostileText },
      }),
    ],
  }),
};

export const hostile = subjectOf(hostileRow);

const inDeletedFile: Row = {
  target: 'registry.example.com/shop/leaking:1',
  verdict: verdictOf({
    use: useOf({ path: '', name: '' }),
    image: 'registry.example.com/shop/leaking:1',
    verdict: 'deny',
    coverage: { layers: 5, read: 5 },
    findings: [
      finding({
        rule: 'secrets/deleted-file',
        severity: 'critical',
        message:
          'an npm access token (npm_…) lies in /root/.npmrc, deleted by layer 5 (`RUN rm /root/.npmrc`) but still downloadable from layer 3 (`COPY .npmrc /root/`)',
        advice: 'use `RUN --mount=type=secret,id=npmrc,target=/root/.npmrc …`; revoke it',
        evidence: {
          kind: 'file',
          path: '/root/.npmrc',
          line: 1,
          detector: 'npm-token',
          state: 'deleted',
          addedBy: { layer: digestOf('adding'), index: 2, instruction: 'COPY .npmrc /root/' },
          hiddenBy: { layer: digestOf('hiding'), index: 4, instruction: 'RUN rm /root/.npmrc' },
        },
      }),
      finding({
        rule: 'secrets/file',
        severity: 'critical',
        evidence: {
          kind: 'file',
          path: '/app/app.jar',
          offset: 4096,
          within: ['lib.jar', 'db.properties'],
          detector: 'url-password',
          state: 'present',
          addedBy: { layer: digestOf('app'), index: 3 },
          count: 3,
        },
      }),
      finding({
        rule: 'leftovers/vcs',
        evidence: {
          kind: 'file',
          path: '/app/.git/HEAD',
          state: 'present',
          addedBy: { layer: digestOf('app'), index: 3, instruction: 'COPY . .' },
          count: 1,
          bytes: 112_800_000,
          others: ['/app/.git/config'],
        },
      }),
    ],
  }),
};

/** What only the layers show. */
export const inFiles = subjectOf(inDeletedFile);

const layers = layersOfSizes(29_000_000, 4_100_000, 312_000);

/** Facts with something in every field. */
export function fullFacts(changes: Partial<RunnableImageFacts> = {}): RunnableImageFacts {
  return imageFacts({
    user: { kind: 'name', raw: 'app:app', name: 'app', group: 'app' },
    env: [
      { name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin' },
      { name: 'NODE_VERSION', value: '26.10.0' },
      { name: 'DB_PASSWORD', value: '‹named-password›' },
    ],
    entrypoint: ['docker-entrypoint.sh'],
    command: ['node', 'server.js'],
    volumes: ['/data'],
    stopSignal: 'SIGTERM',
    labels: { 'org.opencontainers.image.source': 'https://git.example.com/shop/api' },
    annotations: { 'org.opencontainers.image.base.name': 'docker.io/library/node:26' },
    base: { name: 'docker.io/library/node:26', digest: digestOf('base') },
    layers: layers.map((layer, index) => ({ ...layer, history: index === 0 ? 0 : index + 1 })),
    coverage: { layers: 3, read: 0, history: 'aligned' },
    history: [
      { index: 0, keyword: 'ADD', instruction: 'ADD rootfs.tar.xz / # buildkit', emptyLayer: false, layer: 0 },
      { index: 1, keyword: 'ENV', instruction: 'ENV DB_PASSWORD=‹named-password›', emptyLayer: true },
      { index: 2, keyword: 'RUN', instruction: 'RUN npm ci --omit=dev', emptyLayer: false, layer: 1 },
      { index: 3, keyword: 'COPY', instruction: 'COPY . .', emptyLayer: false, layer: 2 },
    ],
    secrets: [
      secretFact({
        detector: 'named-password',
        title: 'password',
        certainty: 'likely',
        place: { kind: 'env', name: 'DB_PASSWORD' },
      }),
      secretFact({ publicPrefix: 'npm_', place: { kind: 'history', history: 2, layer: 1, name: 'NPM_TOKEN' } }),
      secretFact({ place: { kind: 'label', key: 'com.example.token' } }),
      secretFact({ place: { kind: 'command', field: 'Entrypoint' } }),
    ],
    ...changes,
  });
}

/** An index of which one platform could be read. */
export function sampleInspection(facts = fullFacts()): Extract<Inspection, { readonly kind: 'read' }> {
  const arm64 = parsePlatform('linux/arm64');
  return {
    kind: 'read',
    digest: digestOf('index'),
    isIndex: true,
    available: [facts.platform, arm64],
    platforms: [
      { platform: facts.platform, digest: facts.digest, outcome: { kind: 'facts', facts } },
      {
        platform: arm64,
        digest: digestOf('arm64'),
        outcome: { kind: 'fault', fault: new Fault('registry/timeout', 'the registry did not answer in time') },
      },
    ],
    grant: 'anonymous',
    credential: 'anonymous',
    cache: 'miss',
  };
}
