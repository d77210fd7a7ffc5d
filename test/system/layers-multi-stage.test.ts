// The same program built in one stage and in several, in Node.js, in Python and in Go: what is told of the one, and how the other passes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createImageBuilder, type ImageBuilder } from '../support/built-images.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import {
  buildToolsArchive,
  goProjectArchive,
  nodeProjectArchive,
  projectPrograms,
  pythonProjectArchive,
} from '../support/sample-projects.ts';
import { type CommandLine, createCommandLine, policies } from './support/command-line.ts';
import { inspectionOf, reportOf, type ToldContent, type ToldSavings, type ToldSubject } from './support/told.ts';

const run = promisify(execFile);

/** Builds have no network: what these programs would bring was brought before, and lies in the context. */
const offlinePrograms: Readonly<Record<string, string>> = {
  'apt-get': '#!/bin/sh\ntar -xf /offline/build-tools.tar -C / ./usr ./var\n',
  npm: `#!/bin/sh
case "$*" in
  ci) cp -a /offline/node/installed/. / ;;
  'ci --omit=dev') cp -a /offline/node/production/. . ;;
  'run build') cp -a /offline/node/built/. . ;;
esac
`,
  pip: `#!/bin/sh
case "$*" in
  'install -r requirements-dev.txt') cp -a /offline/python/installed/. / ;;
  '--python /venv/bin/python install -r requirements.txt') cp -a /offline/python/production/. / ;;
esac
`,
  go: '#!/bin/sh\ncp -a /offline/go/fetched/. /offline/go/built/. /\n',
};

const offline = '--mount=type=bind,target=/offline';

const nodeBase = `FROM localhost/base
COPY apt-get /usr/bin/
COPY node.bin /usr/local/bin/node
COPY npm /usr/local/bin/
`;

const nodeBuild = `RUN ${offline} apt-get install -y gcc libc6-dev make
WORKDIR /app
COPY node/source/ .
RUN ${offline} npm ci
RUN ${offline} npm run build
`;

const nodeSingle = `FROM localhost/node
${nodeBuild}USER 10001
CMD ["node", "dist/server.js"]
`;

const nodeMulti = `FROM localhost/node AS build
${nodeBuild}
FROM localhost/node
WORKDIR /app
COPY node/source/package.json node/source/package-lock.json ./
RUN ${offline} npm ci --omit=dev
COPY --from=build /app/dist ./dist
USER 10001
CMD ["node", "dist/server.js"]
`;

/** Laid out as the official images are: in /usr/local, and its headers with it. */
const pythonBase = `FROM localhost/base
COPY apt-get /usr/bin/
COPY python/runtime/ /
COPY pip /usr/local/bin/
`;

const pythonSingle = `FROM localhost/python
RUN ${offline} apt-get install -y gcc libc6-dev make
WORKDIR /app
COPY python/source/ .
RUN ${offline} pip install -r requirements-dev.txt
USER 10001
CMD ["python3", "-m", "flask", "--app", "app.main", "run"]
`;

const pythonMulti = `FROM localhost/python AS build
RUN ${offline} apt-get install -y gcc libc6-dev make
COPY python/source/requirements.txt .
RUN ${offline} pip --python /venv/bin/python install -r requirements.txt
FROM localhost/python
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
COPY python/source/app /app/app
WORKDIR /app
USER 10001
CMD ["python3", "-m", "flask", "--app", "app.main", "run"]
`;

const goBuild = `FROM localhost/base AS build
COPY go/toolchain/ /
COPY go.sh /bin/go
WORKDIR /src
COPY go/source/ .
RUN ${offline} go build -o /usr/local/bin/server .
`;

const goSingle = `${goBuild}USER 10001
CMD ["server"]
`;

const goMulti = `${goBuild}
FROM scratch
COPY --from=build /usr/local/bin/server /server
USER 10001
ENTRYPOINT ["/server"]
`;

const stories = {
  'node-single': nodeSingle,
  'node-multi': nodeMulti,
  'python-single': pythonSingle,
  'python-multi': pythonMulti,
  'go-single': goSingle,
  'go-multi': goMulti,
} as const;
type Composed = ToldContent & { readonly savings: ToldSavings };
type Name = keyof typeof stories;
const names = ['node-single', 'node-multi', 'python-single', 'python-multi', 'go-single', 'go-multi'] as const;

describe('a program built in one stage, and in several', {
  skip: skipWithout('buildah', 'skopeo', 'docker-registry', ...projectPrograms),
}, () => {
  let registry: RealRegistry;
  let builder: ImageBuilder;
  let tidewaiter: CommandLine;
  let subjects: ReadonlyMap<string, ToldSubject>;
  const contents = new Map<Name, Composed>();
  const imageOf = (name: Name): string => `${registry.host}/shop/${name}:1`;
  const told = (name: Name): ToldSubject => subjects.get(imageOf(name)) ?? assert.fail(name);
  const composed = (name: Name): Composed => contents.get(name) ?? assert.fail(name);

  before(async () => {
    [registry, builder] = await Promise.all([startRealRegistry(), createImageBuilder()]);
    const home = join(builder.directory, 'home');
    await mkdir(home);
    tidewaiter = createCommandLine(home);
    await copyFile(await buildToolsArchive(), join(builder.context, 'build-tools.tar'));
    const unpacked = {
      node: await nodeProjectArchive(),
      python: await pythonProjectArchive(),
      go: await goProjectArchive(),
    };
    for (const [name, archive] of Object.entries(unpacked)) {
      await mkdir(join(builder.context, name));
      await run('tar', ['-xf', archive, '-C', join(builder.context, name)]);
    }
    for (const [name, script] of Object.entries(offlinePrograms)) {
      const path = join(builder.context, name === 'go' ? 'go.sh' : name);
      await writeFile(path, script);
      await chmod(path, 0o755);
    }
    // As much of it as takes little time to copy: it never runs here.
    await run('dd', [
      `if=${process.execPath}`,
      `of=${join(builder.context, 'node.bin')}`,
      'bs=1M',
      'count=8',
      'status=none',
    ]);
    await builder.build('node', nodeBase, { format: 'docker', layers: 'layers' });
    await builder.build('python', pythonBase, { format: 'docker', layers: 'layers' });
    for (const name of names) {
      await builder.build(name, stories[name], { format: 'docker', layers: 'layers' });
      await builder.copy(name, `docker://${imageOf(name)}`, ['--dest-tls-verify=false']);
    }
    const checked = await tidewaiter([
      'check',
      '-o',
      'json',
      '--policies',
      join(policies, 'multi-stage'),
      ...names.map(imageOf),
    ]);
    subjects = new Map(reportOf(checked).subjects.map((subject) => [subject.image, subject]));
    for (const name of names) {
      const [{ facts, savings } = assert.fail(name)] = inspectionOf(
        await tidewaiter(['inspect', '-o', 'json', imageOf(name)]),
      ).platforms;
      contents.set(name, { ...(facts.content ?? assert.fail(name)), savings: savings ?? assert.fail(name) });
    }
  });
  after(async () => {
    await registry?.close();
    await builder?.close();
  });

  const findingsOf = (name: Name): readonly string[] =>
    told(name).findings.map(
      ({ rule, action, message }) => `${action} ${rule}: ${message.replace(/ \d.*| \(.*|,.*/, '')}`,
    );
  const bytesOf = (name: Name, category: string): number =>
    composed(name).composition.categories.find((one) => one.category === category)?.bytes ?? 0;

  it('Node.js in one stage: each thing left over is named, with the instruction that brought it', () => {
    assert.deepEqual(findingsOf('node-single'), [
      'deny leftovers/vcs: version control data: git repository',
      'deny leftovers/compiler: build tools: cpp-12',
      'deny leftovers/dev-dependencies: development dependencies: typescript',
      'warn leftovers/source: sources: TypeScript and front-end source',
      'warn leftovers/cache: package caches: npm cache',
      'audit leftovers/package-manager: package manager: apt',
      'audit leftovers/package-manager: package manager: npm',
    ]);
    const brought = told('node-single').findings.map(({ evidence }) => evidence?.addedBy?.instruction ?? '');
    const instructions = [
      /^COPY dir/,
      /apt-get install/,
      /npm ci$/,
      /^COPY dir/,
      /npm ci$/,
      /^COPY file/,
      /^COPY file/,
    ];
    for (const [index, instruction] of instructions.entries()) assert.match(brought[index] ?? '', instruction);
    assert.equal(told('node-single').verdict, 'deny');
  });

  it('Node.js in one stage: the evidence is the package, the lock file and the files', () => {
    const { leftovers } = composed('node-single').composition;
    const evidenceOf = (wanted: string): string => leftovers.find(({ name }) => name === wanted)?.evidence ?? '';
    assert.match(evidenceOf('gcc-12'), /^dpkg package gcc-12 12\./);
    assert.match(evidenceOf('make'), /^dpkg package make 4\./);
    assert.equal(
      evidenceOf('typescript'),
      'a dev dependency of /app/package.json by /app/node_modules/.package-lock.json',
    );
    assert.match(evidenceOf('TypeScript and front-end source'), /beside what was built of them/);
    // Those of the runtime are none, and those that they need are none.
    for (const name of ['express', 'qs', 'mime-db']) assert.equal(evidenceOf(name), '');
  });

  it('Python in one stage: each thing left over is named, with the instruction that brought it', () => {
    assert.deepEqual(findingsOf('python-single'), [
      'deny leftovers/vcs: version control data: git repository',
      'deny leftovers/compiler: build tools: cpp-12',
      'deny leftovers/dev-dependencies: development dependencies: pytest',
      'warn leftovers/source: sources: tests',
      'audit leftovers/package-manager: package manager: apt',
      'audit leftovers/package-manager: package manager: pip',
    ]);
    const brought = told('python-single').findings.map(({ evidence }) => evidence?.addedBy?.instruction ?? '');
    const instructions = [/^COPY dir/, /apt-get install/, /pip install/, /^COPY dir/, /^COPY/, /^COPY/];
    for (const [index, instruction] of instructions.entries()) assert.match(brought[index] ?? '', instruction);
    assert.equal(told('python-single').verdict, 'deny');
  });

  it('Go in one stage: toolchain, module cache and source are named', () => {
    assert.deepEqual(findingsOf('go-single'), [
      'deny leftovers/compiler: build tools: Go toolchain',
      'warn leftovers/source: sources: Go source',
      'warn leftovers/cache: package caches: Go module cache',
    ]);
  });

  it('in several stages: nothing is left that the policy refuses', () => {
    assert.deepEqual(findingsOf('go-multi'), []);
    for (const name of ['node-multi', 'python-multi'] as const) {
      assert.deepEqual(
        findingsOf(name).filter((one) => !one.startsWith('audit leftovers/package-manager')),
        [],
      );
    }
    for (const name of ['node-multi', 'python-multi', 'go-multi'] as const) assert.equal(told(name).verdict, 'allow');
  });

  it('the parts sum to the whole, which is what the layers hold', () => {
    for (const name of names) {
      const { composition, tree } = composed(name);
      const sum = composition.categories.reduce((total, { bytes }) => total + bytes, 0);
      assert.deepEqual([sum, composition.bytes], [tree.bytes, tree.bytes], name);
    }
  });

  it('what several stages would ship is told right, within a quarter', () => {
    const { composition, savings } = composed('node-single');
    const ratio = (composition.bytes - savings.bytes) / composed('node-multi').composition.bytes;
    // More, never less: libraries that came with the compiler stay where other programs run with them as well.
    assert.ok(ratio >= 1 && ratio < 1.25, `${ratio}`);
    // A static binary needs no base either, which no one can tell from the image; the application is the same.
    assert.equal(bytesOf('go-single', 'application') >= bytesOf('go-multi', 'application'), true);
    assert.equal(bytesOf('go-multi', 'application'), composed('go-multi').composition.bytes);
  });

  it('inspect draws the equation, and says what to do', async () => {
    const { stdout } = await tidewaiter(['inspect', imageOf('node-single')]);
    for (const part of [
      'base image',
      '+ build tools',
      '+ dev dependencies',
      '+ package caches',
      '+ version control',
      '= the image',
    ])
      assert.ok(stdout.includes(part), part);
    assert.match(stdout, /a multi-stage build leaves out [\d.]+ MiB \(7\d %/);
    // The stages are those of its language, although its C compiler is larger.
    assert.match(stdout, /FROM node AS build\n/);
    assert.match(stdout, /RUN --mount=type=cache,target=\/root\/\.npm npm ci --omit=dev\n/);
    assert.doesNotMatch(stdout, /make -C/);
    const { stdout: other } = await tidewaiter(['inspect', imageOf('go-multi')]);
    assert.match(other, /nothing in it that a multi-stage build would leave out/);
  });
});
