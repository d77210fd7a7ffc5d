// The demonstration: one application, built well and with one mistake each, deployed past the real service.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { paletteFor } from '../src/reports/colour.ts';
import { admissionReview } from '../test/support/admission-review.ts';
import { startHostileRegistry } from '../test/support/hostile-registry.ts';
import { createAsker, type ReviewAnswer } from './ask.ts';
import { type Sample, sampleImages } from './sample-images.ts';
import { startServiceProcess } from './service-process.ts';

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const { good, bad, doubtful, strong, faint } = paletteFor(
  process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
);
const width = Math.min(process.stdout.columns ?? 110, 120);

// A reader that goes away (`| head`) must not leave the service behind.
process.stdout.on('error', () => undefined);

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Breaks at spaces, so that a message can be read where a terminal would cut words. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width - indent.length) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => indent + one).join('\n');
}

function deployment(name: string, image: string) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'api', image }] } },
    },
  };
}

function tell({ name, story }: Sample, { allowed, message, warnings }: ReviewAnswer, tookMs: number): void {
  say();
  say(`${strong(`$ kubectl apply -f ${name}.yaml`.padEnd(36))} ${faint(`# ${story} (${tookMs.toFixed(0)} ms)`)}`);
  for (const warning of warnings) say(doubtful(wrapped(`Warning: ${warning}`, '  ')));
  if (allowed) {
    say(`  ${good(`deployment.apps/${name} created`)}`);
    return;
  }
  const [headline = '', ...lines] = message.split('\n');
  const said = `Error from server (Forbidden): admission webhook "images.tidewaiter.dev" denied the request: ${headline}`;
  say(`  ${bad(said)}`);
  for (const line of lines) say(wrapped(line, '    '));
}

const registry = await startHostileRegistry();
const samples = sampleImages();
for (const { name, built } of samples) registry.put('shop/api', name, built);
const service = await startServiceProcess({
  registryHost: registry.host,
  policies: ['policies/restricted', 'policies/multi-stage'],
});
const asker = createAsker(service.url, service.ca);

say(
  `${strong('Tidewaiter')} stands between \`kubectl apply\` and your cluster. One application, built in ${samples.length} ways,`,
);
say(
  'judged by the policies `restricted` (manifest and config) and `multi-stage` (every layer). Registry and service run here,',
);
say('and the service is asked what an API server asks.');
let isAsExpected = true;
for (const sample of samples) {
  const image = `${registry.host}/shop/api:${sample.name}@${sample.built.digest}`;
  const startedAt = performance.now();
  const answer = await asker.ask(admissionReview(deployment(sample.name, image)));
  tell(sample, answer, performance.now() - startedAt);
  isAsExpected &&= answer.allowed === (sample.name === 'good');
}
asker.close();

say();
say(`${strong('On an image of your own:')}`);
say('  ./bin/tidewaiter check registry.example.com/your/image:tag        # what would be refused, and how to fix it');
say('  ./bin/tidewaiter inspect registry.example.com/your/image:tag      # what is known of it');
say('  docker save IMAGE -o image.tar && ./bin/tidewaiter check docker-archive:image.tar');
say('  helm template CHART | ./bin/tidewaiter check -                    # every image of a chart, with its pod');

if (options.keep) {
  say();
  say(
    `The service goes on at ${service.url}/validate until you press ^C; its registry is ${registry.host}. For example:`,
  );
  say(
    `  ./bin/tidewaiter check --policies policies/restricted --policies policies/multi-stage ${registry.host}/shop/api:leaking`,
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
await service.stop();
await registry.close();
if (!isAsExpected) {
  process.stderr.write('the demonstration did not go as it should: see the verdicts above\n');
  process.exitCode = 1;
}
