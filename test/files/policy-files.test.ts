// Policies from files: what is loaded, what a reload does, and that what was good stays in force.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '../../src/base/document.ts';
import { Fault } from '../../src/base/fault.ts';
import { defaultPolicyFileLimits } from '../../src/files/find-policy-files.ts';
import {
  followPolicies,
  loadPolicies,
  type PolicyFollowing,
  type PolicyLoading,
  type PolicyState,
} from '../../src/files/policy-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

type Context = Parameters<typeof temporaryDirectory>[0];

const now = Date.parse('2026-11-23T10:00:00Z');
const policy = (name: string, maxLayers: number | string = 40): string =>
  `apiVersion: tidewaiter.dev/v1alpha1\nkind: ImageAdmissionPolicy\nmetadata:\n  name: ${name}\nspec:\n  action: deny\n  checks:\n    size: { maxLayers: ${maxLayers} }\n`;
const exception = (name: string, expires: string): string =>
  `apiVersion: tidewaiter.dev/v1alpha1\nkind: ImageAdmissionException\nmetadata:\n  name: ${name}\nspec:\n  policies: [a]\n  rules: [size/layers]\n  images: ["**"]\n  reason: migration\n  owner: team\n  expires: ${expires}\n`;
const broken = policy('a', 'many');

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const loading = (paths: readonly string[], change: Partial<PolicyLoading> = {}): PolicyLoading => ({
  paths,
  limits: defaultPolicyFileLimits,
  now: () => now,
  ...change,
});

async function load(t: Context, files: Readonly<Record<string, string>>, change: Partial<PolicyLoading> = {}) {
  const root = await temporaryDirectory(t);
  await write(root, files);
  return loadPolicies(loading([root], change));
}

const namesIn = ({ policies }: { readonly policies: readonly { readonly name: string }[] }): readonly string[] =>
  policies.map(({ name }) => name);

suite('loading policies', () => {
  test('finds YAML in all directories, in the order of their names, without cases and hidden files', async (t) => {
    const set = await load(t, {
      'b/policy.yaml': policy('b'),
      'a/policy.yml': policy('a'),
      'a/cases/case.yaml': 'not a policy',
      'a/README.md': 'not a policy',
      '.hidden.yaml': 'not a policy',
      '..data/x.yaml': 'not a policy',
      'c.yaml': `${policy('c1')}---\n${policy('c2')}---\n`,
    });
    assert.deepEqual(namesIn(set), ['a', 'b', 'c1', 'c2']);
  });

  test('takes a file that is named outright, whatever it is called', async (t) => {
    const root = await temporaryDirectory(t);
    await write(root, { policy: policy('a') });
    assert.deepEqual(namesIn(await loadPolicies(loading([join(root, 'policy')]))), ['a']);
  });

  test('finds nothing twice, whether it is named twice or linked in a circle', async (t) => {
    const root = await temporaryDirectory(t);
    await write(root, { 'p/a.yaml': policy('a') });
    await symlink('..', join(root, 'p', 'up'));
    await symlink('a.yaml', join(root, 'p', 'same.yaml'));
    assert.deepEqual(namesIn(await loadPolicies(loading([root, join(root, 'p'), join(root, 'p/a.yaml')]))), ['a']);
  });

  test('tells every problem of every file at once, with its place', async (t) => {
    const root = await temporaryDirectory(t);
    await write(root, {
      'a.yaml': broken,
      'b.yaml': 'kind: [',
      'c.yaml': policy('c').replace('deny', 'forbid'),
      'd.yaml': policy('e'),
      'e.yaml': policy('e'),
    });
    await symlink('nowhere', join(root, 'f.yaml'));
    await assert.rejects(loadPolicies(loading([root, '/nowhere/policies'])), (thrown) => {
      assert.ok(thrown instanceof Fault);
      assert.equal(thrown.code, 'document/invalid');
      for (const said of [
        /a\.yaml:8:\d+: spec\.checks\.size\.maxLayers/,
        /b\.yaml:1:\d+: /,
        /c\.yaml:6:\d+: spec\.action/,
        /e\.yaml:4:\d+: .*already a policy e in .*d\.yaml/,
        /f\.yaml:1:1: there is no such file/,
        /\/nowhere\/policies:1:1: there is no such file/,
      ]) {
        assert.match(thrown.message, said);
      }
      return true;
    });
  });

  for (const [claim, files, change] of [
    ['an empty directory', {}, {}],
    ['exceptions alone', { 'e.yaml': exception('e', '2026-12-01T00:00:00Z') }, {}],
    [
      'an exception that lasts too long',
      { 'a.yaml': policy('a'), 'e.yaml': exception('e', '2027-12-01T00:00:00Z') },
      { maxExceptionMs: 90 * 86_400_000 },
    ],
    ['a file beyond its limit', { 'a.yaml': policy('a') }, { limits: { maxPolicyFiles: 9, maxPolicyFileBytes: 20 } }],
    [
      'more files than allowed',
      { 'a.yaml': policy('a'), 'b.yaml': policy('b') },
      { limits: { maxPolicyFiles: 1, maxPolicyFileBytes: 9999 } },
    ],
  ] as const) {
    test(`refuses ${claim}`, async (t) => {
      await assert.rejects(
        load(t, files, change),
        (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid',
      );
    });
  }
});

/** Policies in a directory of their own, followed with a data directory beside it. */
async function follow(t: Context, files: Readonly<Record<string, string>>, change: Partial<PolicyFollowing> = {}) {
  const parent = await temporaryDirectory(t);
  const [root, dataDirectory] = [join(parent, 'policies'), join(parent, 'data')];
  await mkdir(root);
  await write(root, files);
  const states: PolicyState[] = [];
  let heard: () => void = () => undefined;
  const start = async () => {
    const opened = await followPolicies({
      ...loading([root]),
      dataDirectory,
      everyMs: 3_600_000,
      onChange: (state) => {
        states.push(state);
        heard();
      },
      ...change,
    });
    t.after(() => opened.close());
    return opened;
  };
  const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
  return { root, dataDirectory, states, start, next, followed: await start() };
}

const layersOf = ({ set }: PolicyState): Readonly<Record<string, string>> =>
  Object.fromEntries(set.policies.map(({ name, revision }) => [name, revision]));

suite('following policies', () => {
  test('a changed file is in force without a restart, on the system’s hint', async (t) => {
    const { root, followed, next, states } = await follow(t, { 'a.yaml': policy('a', 1) });
    const before = layersOf(followed.state());
    const heard = next();
    await writeFile(join(root, 'a.yaml'), policy('a', 2));
    await heard;
    assert.notDeepEqual(layersOf(followed.state()), before);
    assert.equal(states.length, 1);
  });

  test('a swapped ConfigMap is in force as a whole', async (t) => {
    const mounted = await temporaryDirectory(t);
    await write(mounted, { '..v1/a.yaml': policy('a'), '..v2/a.yaml': policy('a2'), '..v2/b.yaml': policy('b') });
    await symlink('..v1', join(mounted, '..data'));
    await symlink(join('..data', 'a.yaml'), join(mounted, 'a.yaml'));
    const opened = await followPolicies({ ...loading([mounted]), everyMs: 3_600_000, onChange: () => undefined });
    t.after(() => opened.close());
    await symlink('..v2', join(mounted, '..data_tmp'));
    await symlink(join('..data', 'b.yaml'), join(mounted, 'b.yaml'));
    await rename(join(mounted, '..data_tmp'), join(mounted, '..data'));
    await opened.reload();
    assert.deepEqual(namesIn(opened.state().set), ['a2', 'b']);
  });

  test('says nothing when nothing changed', async (t) => {
    const { root, followed, states } = await follow(t, { 'a.yaml': policy('a') });
    await writeFile(join(root, 'a.yaml'), policy('a'));
    await followed.reload();
    assert.deepEqual(states, []);
  });

  test('saves nothing when nothing changed', async (t) => {
    const { dataDirectory, followed } = await follow(t, { 'a.yaml': policy('a') });
    await rm(join(dataDirectory, 'policies.json'));
    await followed.reload();
    assert.deepEqual(await readdir(dataDirectory), []);
  });

  interface Row {
    readonly claim: string;
    readonly before: Readonly<Record<string, string>>;
    /** Null removes a file. */
    readonly after: Readonly<Record<string, string | null>>;
    readonly inForce: readonly string[];
    readonly unchanged: readonly string[];
    readonly stale: number;
    readonly problem?: RegExp;
    /** False where a start fails with that problem, because something broken has no last good version. */
    readonly restarts?: false;
  }
  const rows: readonly Row[] = [
    {
      claim: 'a document that breaks leaves its last good version, and the others go on',
      before: { 'a.yaml': `${policy('a', 1)}---\n${policy('b', 1)}` },
      after: { 'a.yaml': `${broken}---\n${policy('b', 2)}---\n${policy('c')}` },
      inForce: ['a', 'b', 'c'],
      unchanged: ['a'],
      stale: 1,
      problem: /a\.yaml:8:\d+: spec\.checks\.size\.maxLayers/,
    },
    {
      claim: 'a file that is no YAML any more leaves all of it',
      before: { 'a.yaml': `${policy('a')}---\n${policy('b')}`, 'c.yaml': policy('c', 1) },
      after: { 'a.yaml': 'kind: [', 'c.yaml': policy('c', 2) },
      inForce: ['a', 'b', 'c'],
      unchanged: ['a', 'b'],
      stale: 2,
      problem: /a\.yaml:1:/,
    },
    {
      claim: 'a broken document that lost its name cannot take its policy out of force',
      before: { 'a.yaml': policy('a') },
      after: { 'a.yaml': policy('a').replace('  name: a\n', '  {}\n') },
      inForce: ['a'],
      unchanged: ['a'],
      stale: 1,
      problem: /a\.yaml:/,
    },
    {
      claim: 'a second policy of the same name changes nothing',
      before: { 'b.yaml': policy('a', 1) },
      after: { 'a.yaml': policy('a', 2) },
      inForce: ['a'],
      unchanged: ['a'],
      stale: 1,
      problem: /b\.yaml:4:\d+: metadata\.name: .*already a policy a/,
    },
    {
      claim: 'a document that is taken out of a whole file is gone',
      before: { 'a.yaml': `${policy('a')}---\n${policy('b')}` },
      after: { 'a.yaml': policy('a') },
      inForce: ['a'],
      unchanged: ['a'],
      stale: 0,
    },
    {
      claim: 'a file that is removed is gone',
      before: { 'a.yaml': policy('a'), 'b.yaml': policy('b') },
      after: { 'b.yaml': null },
      inForce: ['a'],
      unchanged: ['a'],
      stale: 0,
    },
    {
      claim: 'a policy that moved to another file is in force from there, although its old file is broken',
      before: { 'a.yaml': policy('a', 1) },
      after: { 'a.yaml': 'kind: [', 'b.yaml': policy('a', 2) },
      inForce: ['a'],
      unchanged: [],
      stale: 0,
      problem: /a\.yaml:1:/,
      restarts: false,
    },
    {
      claim: 'when every policy is gone, all stay',
      before: { 'a.yaml': policy('a'), 'e.yaml': exception('e', '2026-12-01T00:00:00Z') },
      after: { 'a.yaml': null },
      inForce: ['a'],
      unchanged: ['a'],
      stale: 2,
      problem: /there is no policy in/,
      restarts: false,
    },
  ];
  for (const row of rows) {
    test(row.claim, async (t) => {
      const { root, followed, states, start } = await follow(t, row.before);
      const before = layersOf(followed.state());
      for (const [path, text] of Object.entries(row.after)) {
        if (text === null) await rm(join(root, path));
        else await writeFile(join(root, path), text);
      }
      await followed.reload();
      const check = (state: PolicyState): void => {
        assert.deepEqual(namesIn(state.set).toSorted(), row.inForce);
        for (const name of row.unchanged) assert.equal(layersOf(state)[name], before[name], `${name} changed`);
        assert.equal(state.stale.length, row.stale, state.stale.join());
        const problems = state.problems.map(formatProblem).join('\n');
        if (row.problem === undefined) assert.equal(problems, '');
        else assert.match(problems, row.problem);
      };
      check(followed.state());
      assert.equal(states.length, 1);
      await followed.close();
      if (row.restarts === false) await assert.rejects(start(), row.problem ?? /./);
      else check((await start()).state());
    });
  }

  test('a file that is repaired ends the problem', async (t) => {
    const { root, followed } = await follow(t, { 'a.yaml': policy('a', 1) });
    await writeFile(join(root, 'a.yaml'), broken);
    await followed.reload();
    await writeFile(join(root, 'a.yaml'), policy('a', 3));
    await followed.reload();
    assert.deepEqual([followed.state().problems, followed.state().stale], [[], []]);
  });

  test('a directory that goes away leaves everything in force', async (t) => {
    const { root, followed } = await follow(t, { 'sub/a.yaml': policy('a') });
    await rm(root, { recursive: true });
    await followed.reload();
    assert.deepEqual(namesIn(followed.state().set), ['a']);
    assert.match(followed.state().problems[0]?.message ?? '', /there is no such file or directory/);
  });
});

suite('starting with broken policies', () => {
  test('fails without a last good version, with every problem', async (t) => {
    await assert.rejects(follow(t, { 'a.yaml': broken, 'b.yaml': 'kind: [' }), (thrown) => {
      return thrown instanceof Fault && thrown.code === 'document/invalid' && thrown.message.split('\n').length >= 2;
    });
  });

  test('fails when two documents have one name, and none of them was in force before', async (t) => {
    const files = { 'a.yaml': policy('a', 1), 'b.yaml': policy('a', 2) };
    await assert.rejects(follow(t, files), /b\.yaml:4:\d+: .*already a policy a/);
  });

  test('does not go by what another version saved', async (t) => {
    const { root, dataDirectory, followed, start } = await follow(t, { 'a.yaml': policy('a') });
    await followed.close();
    const path = join(dataDirectory, 'policies.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"version":1', '"version":2'));
    await writeFile(join(root, 'a.yaml'), broken);
    await assert.rejects(start(), /a\.yaml/);
  });

  test('fails when one broken document of several has no last good version', async (t) => {
    const { root, followed, start } = await follow(t, { 'a.yaml': policy('a') });
    await followed.close();
    await write(root, { 'a.yaml': broken, 'b.yaml': policy('b', 'many') });
    await assert.rejects(start(), /b\.yaml/);
  });

  test('fails when there is no policy at all, even with last good ones', async (t) => {
    const { root, followed, start } = await follow(t, { 'a.yaml': policy('a') });
    await followed.close();
    await rm(join(root, 'a.yaml'));
    await assert.rejects(start(), /there is no policy/);
  });

  test('works with the last good version from the data directory, and names what is broken', async (t) => {
    const { root, followed, start } = await follow(t, { 'a.yaml': policy('a', 7) });
    const before = layersOf(followed.state());
    await followed.close();
    await writeFile(join(root, 'a.yaml'), broken);
    const restarted = await start();
    assert.deepEqual(layersOf(restarted.state()), before);
    assert.match(restarted.state().stale[0] ?? '', /a .*a\.yaml/);
    await restarted.close();
    assert.deepEqual(layersOf((await start()).state()), before, 'and once more');
  });

  for (const [claim, saved] of [
    ['is no JSON', 'nonsense'],
    ['was cut', '{"version":1,"documents":[{"source":"x"'],
    ['is of another version', '{"version":99,"documents":[]}'],
  ] as const) {
    test(`goes by the files alone when what was saved ${claim}`, async (t) => {
      const { dataDirectory, followed, start } = await follow(t, { 'a.yaml': policy('a') });
      await followed.close();
      await writeFile(join(dataDirectory, 'policies.json'), saved);
      const restarted = await start();
      assert.deepEqual(namesIn(restarted.state().set), ['a']);
      assert.match(await readFile(join(dataDirectory, 'policies.json'), 'utf8'), /"version":1,.*maxLayers/);
    });
  }

  test('entries among the saved ones that mean nothing are passed over', async (t) => {
    const { root, dataDirectory, followed, start } = await follow(t, { 'a.yaml': policy('a') });
    await followed.close();
    const path = join(dataDirectory, 'policies.json');
    const saved = JSON.parse(await readFile(path, 'utf8'));
    const odd = [null, 7, {}, { source: 'x', line: 1, column: 1, value: { kind: 'Pod' } }];
    await writeFile(path, JSON.stringify({ ...saved, documents: [...odd, ...saved.documents] }));
    await writeFile(join(root, 'a.yaml'), broken);
    assert.deepEqual(namesIn((await start()).state().set), ['a']);
  });

  test('any damage to what was saved leaves a start from good files possible', async (t) => {
    const { dataDirectory, followed, start } = await follow(t, { 'a.yaml': policy('a') });
    await followed.close();
    const path = join(dataDirectory, 'policies.json');
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        await writeFile(path, damaged);
        const restarted = await start();
        assert.deepEqual(namesIn(restarted.state().set), ['a']);
        await restarted.close();
      }),
      { numRuns: 40 },
    );
  });
});

suite('a data directory that cannot be written', () => {
  test('is told, costs nothing else, and is tried again', async (t) => {
    const parent = await temporaryDirectory(t);
    await writeFile(join(parent, 'file'), '');
    const dataDirectory = join(parent, 'file', 'data');
    const { followed, states } = await follow(t, { 'a.yaml': policy('a') }, { dataDirectory });
    assert.match(
      followed.state().saving?.message ?? '',
      /file\/data\/policies\.json: a part of the path is not a directory/,
    );
    await rm(join(parent, 'file'));
    await followed.reload();
    assert.equal(followed.state().saving, undefined);
    assert.equal(states.length, 1);
    assert.deepEqual(await readdir(dataDirectory), ['policies.json']);
  });

  test('on a full disk the old content stays', {
    skip: process.platform !== 'linux' && 'needs /dev/full',
  }, async (t) => {
    const { root, dataDirectory, followed } = await follow(t, { 'a.yaml': policy('a') });
    const saved = await readFile(join(dataDirectory, 'policies.json'), 'utf8');
    await symlink('/dev/full', join(dataDirectory, 'policies.json.new'));
    await writeFile(join(root, 'a.yaml'), policy('a', 2));
    await followed.reload();
    assert.match(followed.state().saving?.message ?? '', /policies\.json: no space is left/);
    assert.equal(await readFile(join(dataDirectory, 'policies.json'), 'utf8'), saved);
    assert.notEqual(followed.state().set.policies[0]?.revision, undefined);
    await followed.reload();
    assert.equal(followed.state().saving, undefined, 'the draft was cleared away, so the next look can save');
  });
});
