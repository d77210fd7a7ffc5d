// Targets: every form has one meaning, and what could have two is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { type PathKind, parseTarget } from '../../src/cli/target.ts';

const onDisk: Readonly<Record<string, PathKind>> = {
  'deploy.yaml': 'file',
  './deploy': 'directory',
  '/abs/x': 'file',
  './layout': 'layout',
  nginx: 'directory',
  'api.tar': 'file',
  './api.tar.gz': 'file',
  'My Manifests': 'directory',
  '..': 'directory',
};
const kindOfPath = (path: string): PathKind => onDisk[path] ?? 'nothing';

const understood: readonly (readonly [text: string, kind: string, value: string])[] = [
  ['-', 'stdin', ''],
  ['registry.example.com/shop/api:1.4', 'image', 'registry.example.com/shop/api:1.4'],
  ['localhost:5000/x', 'image', 'localhost:5000/x'],
  ['redis', 'image', 'redis'],
  ['image:nginx', 'image', 'nginx'],
  ['image:deploy.yaml', 'image', 'deploy.yaml'],
  ['not a reference!', 'image', 'not a reference!'],
  ['deploy.yaml', 'manifests', 'deploy.yaml'],
  ['./deploy', 'manifests', './deploy'],
  ['/abs/x', 'manifests', '/abs/x'],
  ['..', 'manifests', '..'],
  ['My Manifests', 'manifests', 'My Manifests'],
  ['file:nginx', 'manifests', 'nginx'],
  ['oci:latest', 'layout', 'latest'],
  ['oci-archive:a.tar', 'oci-archive', 'a.tar'],
  ['docker-archive:a.tar', 'docker-archive', 'a.tar'],
];
for (const [text, kind, value] of understood) {
  test(`${text} is ${kind}`, () => {
    const target = parseTarget(text, kindOfPath);
    assert.equal(target.kind, kind);
    if ('image' in target) assert.equal(target.image, value);
    else if ('path' in target) assert.equal(target.path, value);
  });
}

const refused: readonly (readonly [text: string, says: RegExp])[] = [
  ['', /empty/],
  ['nginx', /image:nginx or \.\/nginx/],
  ['missing.yaml', /no such file.*image:missing\.yaml/],
  ['./layout', /write oci:\.\/layout/],
  ['Dockerfile', /cannot judge Dockerfiles yet/],
  ['app/Dockerfile.prod', /cannot judge Dockerfiles yet/],
  ['dockerfile:x', /cannot judge Dockerfiles yet/],
  ['api.tar', /write docker-archive:api\.tar or oci-archive:api\.tar$/],
  ['./api.tar.gz', /write docker-archive:\.\/api\.tar\.gz or oci-archive:/],
  ['docker://shop/api:1', /write shop\/api:1$/],
  ['https://registry.example.com/api:1', /write registry\.example\.com\/api:1$/],
  ['oci:', /names nothing/],
  ['image:', /names nothing/],
];
for (const [text, says] of refused) {
  test(`refuses ${JSON.stringify(text)} and says what to write`, () => {
    assert.throws(
      () => parseTarget(text, kindOfPath),
      (thrown) => thrown instanceof Fault && thrown.code === 'usage' && says.test(thrown.message),
    );
  });
}
