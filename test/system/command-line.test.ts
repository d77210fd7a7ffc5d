// The command line as scripts and people meet it: exit codes, formats, standard input, signals, a terminal and a pipe.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { until } from '../e2e/support/until.ts';
import { type HostileRegistry, startHostileRegistry } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { file } from '../support/tar.ts';
import { type CommandLine, createCommandLine, policies, program } from './support/command-line.ts';
import { reportSchema } from './support/report-schema.ts';
import { reportOf, rulesOf } from './support/told.ts';

const run = promisify(execFile);
const good = image()
  .config({ User: '10001:10001', Healthcheck: { Test: ['CMD', '/app', '--health'] } })
  .layer([file('app', 'app')]);

describe('the command line', () => {
  let directory: string;
  let registry: HostileRegistry;
  let tidewaiter: CommandLine;
  const ref = (name: string): string => `${registry.host}/shop/${name}:1`;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-system-'));
    registry = await startHostileRegistry();
    registry.put('shop/good', '1', good.build());
    registry.put('shop/root', '1', good.config({ User: 'root' }).build());
    registry.put('shop/healthless', '1', good.config({ Healthcheck: { Test: ['NONE'] } }).build());
    tidewaiter = createCommandLine(directory);
  });
  beforeEach(() => registry.behave(() => undefined));
  after(async () => {
    await registry?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function written(name: string, content: string | object): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }
  async function linked(name: string, target: string): Promise<string> {
    await symlink(target, join(directory, name));
    return join(directory, name);
  }
  async function pipe(name: string): Promise<string> {
    await run('mkfifo', [join(directory, name)]);
    return join(directory, name);
  }
  const podSpec = (name: string): object => ({ containers: [{ name: 'app', image: ref(name) }] });
  const pod = (name: string): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec(name) });
  const deployment = (name: string): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { template: { spec: podSpec(name) } },
  });
  const policy = (spec: object): object => ({
    apiVersion: 'tidewaiter.dev/v1alpha1',
    kind: 'ImageAdmissionPolicy',
    metadata: { name: 'elsewhere' },
    spec,
  });

  describe('exit codes', () => {
    it('0 when nothing is denied, warnings or not', async () => {
      const { code, stdout } = await tidewaiter(['check', ref('good'), ref('healthless')]);
      assert.equal(code, 0);
      assert.match(stdout, /2 images: 1 with warnings, 1 allowed\n$/);
    });

    it('1 when the name of an image cannot be read: no node could pull it', async () => {
      const { code, stdout } = await tidewaiter(['check', 'UPPER/Case:1']);
      assert.equal(code, 1);
      assert.match(stdout, /deny {3}reference\/invalid/);
    });

    it('1 when an image is denied, whatever else could not be found out', async () => {
      assert.equal((await tidewaiter(['check', ref('root'), ref('no-such')])).code, 1);
    });

    it('3 when every deny is for want of facts', async () => {
      assert.equal((await tidewaiter(['check', ref('good'), ref('no-such')])).code, 3);
      const inspected = await tidewaiter(['inspect', ref('no-such')]);
      assert.deepEqual([inspected.code, inspected.stdout], [3, '']);
      assert.match(inspected.stderr, /^tidewaiter: .+\n$/);
    });

    it('2 for wrong usage, with what is wrong on standard error alone', async () => {
      const broken = await written('broken.yaml', 'a: [');
      const wrong: readonly (readonly string[])[] = [
        [],
        ['check'],
        ['land', 'x'],
        ['check', '--no-such-option', ref('good')],
        ['check', '-o', 'xml', ref('good')],
        ['check', './no-such-file.yaml'],
        ['check', broken],
        ['check', 'Dockerfile'],
        ['check', '--policies', './no-such-directory', ref('good')],
        ['check', '--config', './no-such-configuration.yaml', ref('good')],
        ['explain', 'no-such-rule'],
        ['serve'],
        ['test', directory],
        ['check', '-'],
        ['check', '-', '-'],
        ['check', '--at', '2026-02-30T00:00:00Z', ref('good')],
        ['check', '--at', '2026-02-30', ref('good')],
        ['check', '--namespace', '', ref('good')],
        ['check', '--namespace', 'Shop', ref('good')],
        ['check', '--namespace-label', 'tier', ref('good')],
        ['check', '--namespace-label', 'a b=c', ref('good')],
        ['check', ' '],
        ['check', await written('comment.yaml', '# nothing was rendered\n')],
        ['check', await written('values.yaml', 'replicas: 1\n')],
        ['check', await linked('zero.yaml', '/dev/zero')],
        ['check', await linked('self.yaml', 'self.yaml')],
        ['check', await pipe('pipe.yaml')],
        ['check', '--policies', await linked('zero-policy.yaml', '/dev/zero'), ref('good')],
        ['check', '--config', await linked('zero-config.yaml', '/dev/zero'), ref('good')],
        ['check', '--policies', '', ref('good')],
        ['check', '--config', '', ref('good')],
      ];
      for (const args of wrong) {
        const { code, stdout, stderr } = await tidewaiter(args);
        assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stdout}${stderr}`);
        assert.match(stderr, /\S/);
        assert.ok(!/^\s+at .*\.js:\d+/m.test(stderr), stderr);
      }
    });

    it('2 for wrong usage also when nobody reads standard error', async () => {
      const child = spawn(program, ['check', './no-such-file.yaml'], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr.destroy();
      assert.deepEqual(await once(child, 'exit'), [2, null]);
    });

    it('4 when the result could not be written, and 0 would say that it was', async () => {
      const child = `${program} explain > /dev/full; echo "$?"`;
      const { stdout, stderr } = await run('bash', ['--norc', '-c', child], { env: { PATH: process.env['PATH'] } });
      assert.deepEqual([stdout, stderr], ['4\n', 'tidewaiter: standard output cannot be written (ENOSPC)\n']);
    });

    it('2 for a policy that does not load, with every problem and its place', async () => {
      const folder = join(directory, 'policies');
      await mkdir(folder);
      await writeFile(
        join(folder, 'p.yaml'),
        JSON.stringify(policy({ action: 'refuse', checks: { size: { maxCompresed: '1Mi' }, user: {} } }), null, 2),
      );
      const { code, stderr } = await tidewaiter(['check', '--policies', folder, ref('good')]);
      assert.equal(code, 2);
      const lines = stderr.split('\n').filter((line) => /p\.yaml:\d+:\d+/.test(line));
      assert.equal(lines.length, 3, stderr);
      assert.match(stderr, /action.*deny.*warn.*audit/);
      assert.match(stderr, /maxCompresed/);
    });

    it('130 when interrupted, 143 when told to end', async () => {
      for (const [signal, expected] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const) {
        registry.takeRequests();
        registry.behave(() => ({ kind: 'silent' }));
        const answer = await tidewaiter(['check', ref('good')], {
          onStart: async (pid) => {
            await until(async () => registry.requests.length > 0, { what: 'a request', timeoutMs: 60_000 });
            process.kill(pid, signal);
          },
        });
        assert.deepEqual([answer.code, answer.stdout], [expected, ''], answer.stderr);
      }
    });
  });

  describe('policies', () => {
    it('what no policy judges is told, and fails with --require-policy', async () => {
      const elsewhere = await written(
        'elsewhere.yaml',
        policy({ match: { images: ['registry.example.com/**'] }, action: 'deny', checks: { user: { nonRoot: true } } }),
      );
      const args = ['check', '--policies', elsewhere, ref('root')];
      const allowed = await tidewaiter(args);
      assert.equal(allowed.code, 0);
      assert.match(allowed.stdout, /unjudged/);
      assert.equal((await tidewaiter([...args, '--require-policy'])).code, 1);
    });

    it('a namespace and its labels can be given where no cluster is asked', async () => {
      const production = await written(
        'production.yaml',
        policy({
          match: { namespaces: ['prod-*'], namespaceSelector: { matchLabels: { tier: 'production' } } },
          action: 'deny',
          checks: { user: { nonRoot: true } },
        }),
      );
      const judged = (namespace: string, label: string) =>
        tidewaiter([
          'check',
          '--policies',
          production,
          '--namespace',
          namespace,
          '--namespace-label',
          label,
          ref('root'),
        ]);
      assert.equal((await judged('prod-eu', 'tier=production')).code, 1);
      assert.equal((await judged('prod-eu', 'tier=test')).code, 0);
      assert.equal((await judged('test', 'tier=production')).code, 0);
    });

    it('those of the configuration judge where none are named', async () => {
      const named = (action: string): object => policy({ action, checks: { user: { nonRoot: true } } });
      const [denying, warning] = [
        await written('denying.yaml', named('deny')),
        await written('warning.yaml', named('warn')),
      ];
      const configuration = await written('policies-configuration.yaml', {
        apiVersion: 'tidewaiter.dev/v1alpha1',
        kind: 'Configuration',
        policies: { paths: [warning] },
      });
      const configured = await tidewaiter(['check', '--config', configuration, ref('root')]);
      assert.equal(configured.code, 0, configured.stdout);
      assert.match(configured.stdout, /^judging by elsewhere\n/);
      const overridden = await tidewaiter(['check', '--config', configuration, '--policies', denying, ref('root')]);
      assert.equal(overridden.code, 1);
    });

    it('the built-in ones are what `test` runs their cases on, and all pass', async () => {
      const { code, stdout } = await tidewaiter(['test', 'policies'], {
        directory: join(import.meta.dirname, '../..'),
      });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /\d+ passed, 0 failed\n$/);
    });

    it('whose case fails are told with what was different, and 1', async () => {
      const library = join(directory, 'library');
      await cp(policies, library, { recursive: true });
      const cases = join(library, 'baseline', 'cases', 'pods.yaml');
      const text = await readFile(cases, 'utf8');
      await writeFile(
        cases,
        text.replace('expect: { verdict: allow, rules: [] }', 'expect: { verdict: deny, rules: [] }'),
      );
      const { code, stdout } = await tidewaiter(['test', library]);
      assert.equal(code, 1, stdout);
      assert.match(stdout, /^failed .*pods\.yaml:\d+\n +.*deny.*allow/m);
      assert.match(stdout, /\d+ passed, 1 failed\n$/);
    });

    it('are the built-in baseline where none are given, and the first line says so', async () => {
      const { stdout } = await tidewaiter(['check', ref('good')]);
      assert.match(stdout.split('\n')[0] ?? '', /built-in .*baseline/);
      const own = await tidewaiter(['check', '--policies', join(policies, 'restricted'), ref('good')]);
      assert.doesNotMatch(own.stdout, /built-in/);
    });
  });

  describe('Kubernetes manifests', () => {
    it('every image of several documents, of a List and of standard input is judged where it stands', async () => {
      const documents = [deployment('good'), { apiVersion: 'v1', kind: 'ConfigMap' }, pod('root')];
      const stdin = documents.map((one) => JSON.stringify(one)).join('\n---\n');
      const list = await written('list.yaml', { apiVersion: 'v1', kind: 'List', items: documents });
      for (const answer of [
        await tidewaiter(['check', '-o', 'json', '-'], { stdin }),
        await tidewaiter(['check', '-o', 'json', list]),
      ]) {
        assert.equal(answer.code, 1, answer.stderr);
        assert.deepEqual(
          reportOf(answer).subjects.map(({ resource, use, verdict }) => [resource?.kind, use?.path, verdict]),
          [
            ['Deployment', 'spec.template.spec.containers[0].image', 'allow'],
            ['Pod', 'spec.containers[0].image', 'deny'],
          ],
        );
      }
    });

    it('a directory is read whole, and each finding has its file and line', async () => {
      const folder = join(directory, 'manifests');
      await mkdir(join(folder, 'nested'), { recursive: true });
      await writeFile(join(folder, 'a.yaml'), `# the first line\n---\n${JSON.stringify(pod('good'), null, 2)}\n`);
      await writeFile(join(folder, 'nested', 'b.yml'), JSON.stringify(deployment('root'), null, 2));
      await writeFile(join(folder, 'notes.txt'), 'not: [yaml');
      const answer = await tidewaiter(['check', '-o', 'json', './manifests'], { directory });
      assert.equal(answer.code, 1, answer.stderr);
      assert.deepEqual(
        reportOf(answer).subjects.map(({ source }) => source),
        [
          { file: 'manifests/a.yaml', line: 13 },
          { file: 'manifests/nested/b.yml', line: 14 },
        ],
      );
      const { stdout } = await tidewaiter(['check', './manifests'], { directory });
      assert.match(stdout, /manifests\/nested\/b\.yml:14 Deployment shop\/root, container app/);
    });

    it('the pod decides with the image: a securityContext and a probe count', async () => {
      const hardened = {
        ...pod('root'),
        spec: {
          securityContext: { runAsUser: 10001, runAsGroup: 10001 },
          containers: [{ name: 'app', image: ref('root'), livenessProbe: { httpGet: { port: 8080 } } }],
        },
      };
      const answer = await tidewaiter(['check', '-o', 'json', '-'], { stdin: JSON.stringify(hardened) });
      assert.equal(answer.code, 0, answer.stdout);
    });

    it('files that are no manifests are told all at once, and a template as what it is', async () => {
      const folder = join(directory, 'chart');
      await mkdir(folder);
      await writeFile(
        join(folder, 'a.yaml'),
        'kind: Pod\nmetadata:\n{{- with .Values }}\n  name: {{ . }}\n{{- end }}\n',
      );
      await writeFile(join(folder, 'b.yaml'), 'kind: [Pod\n');
      const { code, stderr } = await tidewaiter(['check', './chart'], { directory });
      assert.equal(code, 2);
      const lines = stderr.trim().split('\n');
      assert.match(lines[0] ?? '', /chart\/a\.yaml:3:1: this is a template.*helm template/);
      assert.ok(lines.slice(1).length > 0 && lines.slice(1).every((line) => line.startsWith('chart/b.yaml:')), stderr);
    });

    it('what names no images is no failure, and is told', async () => {
      const answer = await tidewaiter(['check', '-'], { stdin: 'apiVersion: v1\nkind: ConfigMap\n' });
      assert.equal(answer.code, 0);
      assert.match(answer.stdout, /no images found/);
    });
  });

  describe('formats', () => {
    it('JSON has the documented fields and no others', async () => {
      const workload = await written('deploy.yaml', deployment('root'));
      const targets = [ref('good'), ref('root'), ref('no-such')];
      const answer = await tidewaiter(['check', '-o', 'json', ...targets, workload]);
      const document: unknown = JSON.parse(answer.stdout);
      const validate = new Ajv2020({ strict: true, allErrors: true }).compile(reportSchema);
      assert.ok(validate(document), JSON.stringify(validate.errors, null, 2));
      const report = reportOf(answer);
      assert.deepEqual(report.summary, { subjects: 4, deny: 3, warn: 0, unjudged: 0 });
      assert.deepEqual(report.subjects.map(rulesOf), [
        [],
        ['user/root deny'],
        ['undecided/not-found deny'],
        ['user/root deny'],
      ]);
    });

    const escapes = /\u001b\[/;

    it('text has colours on a terminal only, and not with NO_COLOR', { skip: skipWithout('script') }, async () => {
      const onTerminal = async (environment: Readonly<Record<string, string>>): Promise<string> => {
        const env = { PATH: process.env['PATH'], HOME: directory, ...environment };
        const command = `${program} check ${ref('good')} 2>/dev/null`;
        return (await run('script', ['-qefc', command, '/dev/null'], { env })).stdout;
      };
      assert.match(await onTerminal({}), escapes);
      assert.doesNotMatch(await onTerminal({ NO_COLOR: '1' }), escapes);
      const piped = await tidewaiter(['check', ref('root')]);
      assert.doesNotMatch(`${piped.stdout}${piped.stderr}`, escapes);
      assert.equal(piped.stderr, '');
    });

    it('a reader that goes away is no crash', async () => {
      const command = `${program} explain | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await run('bash', ['--norc', '-c', command], { env: { PATH: process.env['PATH'] } });
      assert.match(stdout, /\n0\n$/);
      assert.equal(stderr, '');
    });
  });
});
