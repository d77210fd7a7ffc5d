// Secrets: which places are asked, how certain a find must be, and that no message holds more than may be shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunnableImageFacts, SecretFact } from '../../src/inspection/image-facts.ts';
import { imageFacts, secretFact } from '../support/facts.ts';
import { ask, failed } from './ask.ts';

const everywhere = ['env', 'history', 'label', 'command'];
const secrets: readonly SecretFact[] = [
  secretFact({ place: { kind: 'env', name: 'NPM_TOKEN' }, publicPrefix: 'npm_' }),
  secretFact({ place: { kind: 'history', history: 0, layer: 0, name: 'NPM_TOKEN' } }),
  secretFact({ place: { kind: 'label', key: 'build.url' }, detector: 'url-password', title: 'password in an address' }),
  secretFact({ place: { kind: 'command', field: 'Healthcheck' }, certainty: 'likely', detector: 'named-password' }),
];
const history = [{ index: 0, keyword: 'RUN', instruction: 'RUN npm ci', emptyLayer: false, layer: 0 }];
const facts: RunnableImageFacts = imageFacts({ secrets, history });

type Row = readonly [claim: string, parameters: Readonly<Record<string, unknown>>, expected: readonly string[]];

const rows: readonly Row[] = [
  ['all places are found', { in: everywhere }, ['secrets/env', 'secrets/history', 'secrets/label', 'secrets/command']],
  ['only places that are asked for are found', { in: ['env'] }, ['secrets/env']],
  [
    'what only a name gives away is left out when certainty is asked for',
    { in: everywhere, minCertainty: 'certain' },
    ['secrets/env', 'secrets/history', 'secrets/label'],
  ],
];

for (const [claim, parameters, expected] of rows) {
  test(claim, () => assert.deepEqual(failed('secrets', parameters, { facts }), expected));
}

test('an image without secrets passes', () => {
  assert.deepEqual(failed('secrets', { in: everywhere }), []);
});

test('the message says where it is and what it is', () => {
  const messages = ask('secrets', { in: everywhere }, { facts }).map(({ message }) => message);
  assert.deepEqual(messages, [
    'the environment variable NPM_TOKEN holds a credential (npm access token, npm_…)',
    'RUN instruction 1 of the history (NPM_TOKEN) holds a credential (npm access token)',
    'the label build.url holds a credential (password in an address)',
    "the image's Healthcheck holds a credential (likely npm access token)",
  ]);
});

test('the fingerprint is the one of the fact, and the evidence names the detector', () => {
  const [first, second] = ask('secrets', { in: everywhere }, { facts });
  assert.equal(first?.fingerprint, secrets[0]?.fingerprint);
  assert.deepEqual(first?.evidence, { kind: 'env', name: 'NPM_TOKEN', detector: 'npm-token' });
  assert.deepEqual(second?.evidence, {
    kind: 'history',
    index: 0,
    instruction: 'RUN npm ci',
    layer: 0,
    name: 'NPM_TOKEN',
    detector: 'npm-token',
  });
});

test('the advice says where the provider lets people revoke it', () => {
  const [npm] = ask('secrets', { in: ['env'] }, { facts });
  assert.match(npm?.advice ?? '', /; revoke it with `npm token revoke`/);
  const other = imageFacts({
    secrets: [secretFact({ place: { kind: 'env', name: 'X' }, detector: 'of-a-later-version' })],
  });
  assert.match(ask('secrets', { in: ['env'] }, { facts: other })[0]?.advice ?? '', /; revoke it, because/);
});

test('names that strangers chose are escaped', () => {
  const hostile = imageFacts({ secrets: [secretFact({ place: { kind: 'env', name: 'A\u001b[2J\u202e' } })] });
  const [finding] = ask('secrets', { in: ['env'] }, { facts: hostile });
  assert.doesNotMatch(`${finding?.message}${JSON.stringify(finding?.evidence)}`, /[\u0000-\u001f\u202e]/);
});

/** A history of these instructions, all of which hold a secret of one kind, and what else holds one. */
function recorded(instructions: readonly string[], ...others: readonly SecretFact[]): RunnableImageFacts {
  const rows = instructions.map((instruction, index) => ({
    index,
    keyword: instruction.split(' ', 1)[0] ?? '',
    instruction,
    emptyLayer: true,
  }));
  const found = rows.map(({ index, instruction }) => {
    const name = / ([A-Z_]+)=/.exec(instruction)?.[1];
    return secretFact({ place: { kind: 'history', history: index, ...(name === undefined ? {} : { name }) } });
  });
  return imageFacts({ history: rows, secrets: [...others, ...found] });
}
const inEnv = secretFact({ place: { kind: 'env', name: 'NPM_TOKEN' } });

const repetitions: readonly (readonly [string, RunnableImageFacts, readonly string[]])[] = [
  [
    'the ENV that set a variable is not told beside the variable',
    recorded(['ENV NPM_TOKEN=…'], inEnv),
    ['secrets/env'],
  ],
  [
    'an ENV that set another value before is',
    recorded(['ENV NPM_TOKEN=…', 'ENV NPM_TOKEN=…'], inEnv),
    ['secrets/env', 'secrets/history'],
  ],
  ['an ENV of another name is', recorded(['ENV OTHER=…'], inEnv), ['secrets/env', 'secrets/history']],
  [
    'a RUN that was given the same variable is',
    recorded(['RUN NPM_TOKEN=… npm ci'], inEnv),
    ['secrets/env', 'secrets/history'],
  ],
  ['an ENV that a later one emptied is told', recorded(['ENV NPM_TOKEN=…']), ['secrets/history']],
  [
    'the CMD of a command is not told beside the command',
    recorded(['CMD serve --token …'], secretFact({ place: { kind: 'command', field: 'Cmd' } })),
    ['secrets/command'],
  ],
];

for (const [claim, recordedFacts, expected] of repetitions) {
  test(claim, () => assert.deepEqual(failed('secrets', { in: everywhere }, { facts: recordedFacts }), expected));
}

test('what is wrong with an ENV in the history is cured as an ENV, not as a RUN', () => {
  const [ofEnv] = ask('secrets', { in: everywhere }, { facts: recorded(['ENV NPM_TOKEN=…']) });
  assert.match(ofEnv?.advice ?? '', /^remove the ENV/);
  const [ofRun] = ask('secrets', { in: everywhere }, { facts: recorded(['RUN NPM_TOKEN=… npm ci']) });
  assert.match(ofRun?.advice ?? '', /^never pass it as a build argument/);
});
