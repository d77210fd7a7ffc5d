// Platforms, age, ports and hazards: each rule with what fails it, what does not, and its edge.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { portsFrom } from '../../src/inspection/ports.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { imageFacts, layersOfSizes } from '../support/facts.ts';
import { ask, failed, problemsOf } from './ask.ts';

suite('platforms', () => {
  const required = { required: ['linux/amd64', 'linux/arm64'] };
  const rows: readonly (readonly [claim: string, available: readonly string[], expected: readonly string[]])[] = [
    ['all there', ['linux/amd64', 'linux/arm64', 'windows/amd64'], []],
    ['one missing', ['linux/amd64'], ['platforms/missing']],
    ['all missing', ['windows/amd64'], ['platforms/missing', 'platforms/missing']],
    ['32-bit arm is not arm64', ['linux/amd64', 'linux/arm/v7'], ['platforms/missing']],
    ['a variant of a platform is that platform', ['linux/amd64/v2', 'linux/arm64/v9'], []],
  ];
  for (const [claim, available, expected] of rows) {
    test(claim, () =>
      assert.deepEqual(failed('platforms', required, { available: available.map(parsePlatform) }), expected),
    );
  }

  test('the message names what is missing and what there is', () => {
    const [finding] = ask('platforms', required, { available: [parsePlatform('linux/amd64')] });
    assert.equal(finding?.message, 'the image does not exist for linux/arm64, only for linux/amd64');
  });

  test('what is no platform is refused with its place', () => {
    assert.match(problemsOf('platforms', { required: ['linux/amd64', 'linux'] }).join(), /^required\.1: a platform is/);
  });
});

suite('age', () => {
  const created = '2026-11-01T00:00:00Z';
  const rows: readonly (readonly [
    claim: string,
    created: string | undefined,
    at: string,
    parameters: Readonly<Record<string, unknown>>,
    expected: readonly string[],
  ])[] = [
    ['exactly as old as allowed passes', created, '2026-12-01T00:00:00Z', { max: '30d' }, []],
    ['a second older fails', created, '2026-12-01T00:00:01Z', { max: '30d' }, ['age/too-old']],
    ['a date in the future is age 0', '2027-01-01T00:00:00Z', '2026-12-01T00:00:00Z', { max: '1h' }, []],
    ['an unknown date passes', undefined, '2026-12-01T00:00:00Z', { max: '1h' }, []],
    [
      'an unknown date fails where it is not accepted',
      undefined,
      '2026-12-01T00:00:00Z',
      { max: '1h', acceptUnknown: false },
      ['age/too-old'],
    ],
  ];
  for (const [claim, date, at, parameters, expected] of rows) {
    test(claim, () => {
      const { created: _, ...rest } = imageFacts();
      const facts = date === undefined ? rest : { ...rest, created: date };
      assert.deepEqual(failed('age', parameters, { facts, at }), expected);
    });
  }

  test('the message says how old it is and that an unknown age is unknown', () => {
    const facts = imageFacts({ created });
    assert.equal(
      ask('age', { max: '30d' }, { facts, at: '2027-01-01T00:00:00Z' })[0]?.message,
      'the image was built 61 days ago (2026-11-01), longer than the 30 days allowed',
    );
  });

  test('a duration that is none is refused', () => {
    assert.match(problemsOf('age', { max: 'long' }).join(), /^max: "long" is no duration/);
    assert.match(problemsOf('age', { max: '0' }).join(), /^max: a duration of 0/);
  });
});

suite('ports', () => {
  const both = ['privileged', 'ssh'];
  const rows: readonly (readonly [port: string, forbid: readonly string[], expected: readonly string[]])[] = [
    ['8080/tcp', both, []],
    ['1024/tcp', both, []],
    ['1023/tcp', both, ['ports/privileged']],
    ['80', both, ['ports/privileged']],
    ['53/udp', both, ['ports/privileged']],
    ['22/tcp', both, ['ports/ssh']],
    ['22/tcp', ['privileged'], ['ports/privileged']],
    ['22/udp', both, ['ports/privileged']],
    ['20-25/tcp', both, ['ports/ssh', 'ports/privileged']],
    ['22/tcp', ['ssh'], ['ports/ssh']],
    ['22', ['ssh'], ['ports/ssh']],
    ['22/udp', ['ssh'], []],
    ['20-25/tcp', ['ssh'], ['ports/ssh']],
    ['23-25/tcp', ['ssh'], []],
    ['2222/tcp', both, []],
    ['1000-2000/tcp', both, ['ports/privileged']],
  ];
  for (const [port, forbid, expected] of rows) {
    test(`${port} under ${forbid.join(' and ')}: ${expected.join(', ') || 'passes'}`, () => {
      const facts = imageFacts({ exposedPorts: portsFrom([port]) });
      assert.deepEqual(failed('ports', { forbid }, { facts }), expected);
    });
  }
});

suite('hazards', () => {
  test('labels that steer containerd', () => {
    const of = (labels: Readonly<Record<string, string>>) =>
      failed('hazard', { forbid: ['label'] }, { facts: imageFacts({ labels }) });
    assert.deepEqual(of({ 'containerd.io/restart.loguri': 'file:///tmp/log' }), ['hazard/label']);
    assert.deepEqual(of({ 'containerd.io/restart.status': 'running' }), ['hazard/label']);
    assert.deepEqual(of({ anything: ' BINARY:///bin/sh?-c=id' }), ['hazard/label']);
    assert.deepEqual(of({ 'org.example.note': 'a binary:// logger', 'containerd.io/distribution.source': 'x' }), []);
  });

  const volumes: readonly (readonly [path: string, fails: boolean])[] = [
    ['/data', false],
    ['/var/lib/app/', false],
    ['/data/../../../etc', true],
    ['..', true],
    ['data', true],
    ['', true],
    ['/', true],
    ['//', true],
    ['/.', true],
    ['/proc', true],
    ['/./proc/sys', true],
    ['/sys/fs/cgroup', true],
    ['/dev/shm', true],
    ['/device', false],
    ['/data/..hidden', false],
  ];
  for (const [path, fails] of volumes) {
    test(`the volume ${JSON.stringify(path)} ${fails ? 'fails' : 'passes'}`, () => {
      const facts = imageFacts({ volumes: [path] });
      assert.deepEqual(failed('hazard', { forbid: ['volume-path'] }, { facts }), fails ? ['hazard/volume-path'] : []);
    });
  }

  test('volumes of Windows have drives and back slashes', () => {
    const of = (path: string) =>
      failed(
        'hazard',
        { forbid: ['volume-path'] },
        { facts: imageFacts({ volumes: [path], platform: parsePlatform('windows/amd64') }) },
      );
    assert.deepEqual(of('C:\\data'), []);
    assert.deepEqual(of('c:/data'), []);
    assert.deepEqual(of('C:\\data\\..\\..\\Windows'), ['hazard/volume-path']);
    assert.deepEqual(of('data'), ['hazard/volume-path']);
  });

  const kinds = ['tar', 'foreign', 'encrypted', 'unknown'] as const;
  const [template] = layersOfSizes(10);
  for (const kind of kinds) {
    test(`a layer of kind ${kind}`, () => {
      assert.ok(template !== undefined);
      const facts = imageFacts({ layers: [{ ...template, kind }] });
      const expected = {
        tar: [],
        foreign: ['hazard/foreign-layer'],
        encrypted: ['hazard/media-type'],
        unknown: ['hazard/media-type'],
      }[kind];
      assert.deepEqual(failed('hazard', { forbid: ['foreign-layer', 'media-type'] }, { facts }), expected);
    });
  }

  test('an image with a hundred thousand of them costs twenty findings and one for the rest', () => {
    const labels = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`containerd.io/restart.${n}`, 'x']));
    const findings = ask('hazard', { forbid: ['label'] }, { facts: imageFacts({ labels }) });
    assert.equal(findings.length, 21);
    assert.equal(findings.at(-1)?.message, '99980 more like the ones that are told');
    assert.ok(findings.every(({ rule }) => rule === 'hazard/label'));
  });

  test('only what is asked for is found', () => {
    const facts = imageFacts({ volumes: ['/proc'], labels: { 'containerd.io/restart.status': 'x' } });
    assert.deepEqual(failed('hazard', { forbid: ['label'] }, { facts }), ['hazard/label']);
  });
});
