// The Dockerfile teaches what our policies ask for, and the chart runs what it builds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { fieldAt } from '../../src/workload/fields.ts';
import { execForm, finalInstruction, finalStage, projectDirectory, readDockerfile } from './dockerfile.ts';
import { chartDirectory } from './helm.ts';

const chartFile = (...path: readonly string[]): string => readFileSync(join(chartDirectory, ...path), 'utf8');

test('every base can be pinned from outside', () => {
  const instructions = readDockerfile();
  const stages = instructions.flatMap(({ keyword, text }) => (keyword === 'FROM' ? [text.split(' AS ')] : []));
  const names = stages.map(([, name]) => name);
  for (const [base = ''] of stages) {
    if (names.includes(base)) continue;
    const argument = /^\$\{([A-Z_]+)\}$/.exec(base)?.[1];
    assert.ok(
      instructions.some(({ keyword, text }) => keyword === 'ARG' && text.startsWith(`${argument}=`)),
      base,
    );
  }
});

test('the last stage runs nothing, so it needs no shell and no package manager', () => {
  assert.deepEqual(
    finalStage().filter(({ keyword }) => keyword === 'RUN' || keyword === 'ADD'),
    [],
  );
});

test('a token for the package registry is mounted where it is used, and copied nowhere', () => {
  const installs = readDockerfile().filter(({ text }) => /\bnpm ci\b/.test(text));
  assert.equal(installs.length, 2);
  for (const { text } of installs) assert.match(text, /--mount=type=secret,id=npmrc,target=\/root\/\.npmrc /);
  assert.ok(readDockerfile().every(({ keyword, text }) => keyword !== 'COPY' || !text.includes('npmrc')));
});

test('manifests are copied before the sources, so that a change of the sources installs nothing anew', () => {
  const texts = readDockerfile().map(({ keyword, text }) => `${keyword} ${text}`);
  const at = (part: string): number => texts.findIndex((text) => text.includes(part));
  assert.ok(at('COPY package.json') < at('npm ci') && at('npm ci') < at('COPY src'));
});

test('what changes with every build comes last', () => {
  const late = finalStage().slice(finalStage().findIndex(({ keyword }) => keyword === 'ARG'));
  assert.ok(late.length > 1 && late.every(({ keyword }) => keyword === 'ARG' || keyword === 'LABEL'));
});

test('the user is a number, an init is process 1, and neither needs a shell', () => {
  assert.equal(finalInstruction('USER'), '65532:65532');
  assert.deepEqual(execForm(finalInstruction('ENTRYPOINT')).slice(0, 2), ['/usr/bin/tini', '--']);
  assert.equal(execForm(finalInstruction('CMD'))[0], 'serve');
});

test('the context holds what is copied from it and nothing else', () => {
  const copied = readDockerfile()
    .filter(({ keyword, text }) => keyword === 'COPY' && !text.startsWith('--from='))
    .flatMap(({ text }) => text.split(' ').slice(0, -1));
  const lines = readFileSync(join(projectDirectory, '.dockerignore'), 'utf8').split('\n');
  assert.equal(
    lines.find((line) => line !== '' && !line.startsWith('#')),
    '*',
  );
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  assert.deepEqual(allowed.toSorted(), [...new Set(copied)].toSorted());
  assert.equal(lines.filter((line) => line !== '').at(-1), '**/.*', 'no hidden file, wherever it lies');
});

test('the chart and the image agree on user, ports and places', () => {
  const values: unknown = parse(chartFile('values.yaml'));
  const ports = ['webhookPort', 'httpPort'].map((name) => fieldAt(values, ['listen', name]));
  assert.equal(finalInstruction('EXPOSE'), ports.join(' '));
  const deployment = chartFile('templates/deployment.yaml');
  const [user, group] = finalInstruction('USER').split(':');
  assert.match(deployment, new RegExp(`runAsUser: ${user}\\n\\s+runAsGroup: ${group}\\n`));
  const [, , node] = execForm(finalInstruction('ENTRYPOINT'));
  assert.match(chartFile('templates/tests/test-webhook.yaml'), new RegExp(`command: \\[/usr/bin/tini, --, ${node}, `));
  assert.match(deployment, /--policies=\/app\/policies\//);
  assert.ok(finalStage().some(({ keyword, text }) => keyword === 'COPY' && text === 'policies ./policies'));
});

const answers: readonly { readonly claim: string; readonly status: number | undefined; readonly code: number }[] = [
  { claim: 'succeeds while the service is alive', status: 200, code: 0 },
  { claim: 'fails while the service says that it is not', status: 503, code: 1 },
  { claim: 'fails while nothing listens', status: undefined, code: 1 },
];

for (const { claim, status, code } of answers) {
  test(`HEALTHCHECK ${claim}`, async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/livez' ? (status ?? 500) : 404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    if (status === undefined) await new Promise((resolve) => server.close(resolve));
    const [, ...words] = execForm(finalInstruction('HEALTHCHECK'));
    const check = spawn(
      process.execPath,
      words.map((word) => word.replace(':8080/', `:${port}/`)),
    );
    const [exit]: unknown[] = await once(check, 'exit');
    server.close();
    assert.equal(exit, code);
  });
}
