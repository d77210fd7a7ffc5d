// Cold admission, counted in requests at the registry.
import { createAsker } from '../demo/ask.ts';
import { startServiceProcess } from '../demo/service-process.ts';
import { startHostileRegistry } from '../test/support/hostile-registry.ts';
import { index } from '../test/support/image.ts';
import { benchImages } from './bench-images.ts';
import { deploymentReview } from './reviews.ts';

interface Step {
  readonly name: string;
  readonly image: string;
  readonly target: number;
}

/** Asks the real service about one image after the other, and prints what each cost beside its target. */
export async function measureColdAdmission(say: (line: string) => void): Promise<void> {
  const registry = await startHostileRegistry({ login: { kind: 'bearer', mayPull: () => true } });
  const [first, second, third, fourth] = benchImages(4);
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return;
  registry.put('shop/app', '1', first);
  registry.put('shop/app', '2', second);
  registry.put(
    'shop/app',
    'many',
    index([
      { image: third, platform: 'linux/amd64' },
      { image: fourth, platform: 'linux/arm64' },
    ]),
  );
  const service = await startServiceProcess({ registryHost: registry.host, policies: ['policies/baseline'] });
  const { ask, close } = createAsker(service.url, service.ca);
  const name = `${registry.host}/shop/app`;
  const steps: readonly Step[] = [
    { name: 'single manifest, with challenge and token', image: `${name}:1`, target: 4 },
    { name: 'single manifest, token known', image: `${name}:2`, target: 2 },
    { name: 'index of 2 platforms, token known (3 in a row)', image: `${name}:many`, target: 5 },
    { name: 'tag whose digest and facts are known', image: `${name}:1`, target: 1 },
    { name: 'digest with facts and a live authorisation', image: `${name}@${first.digest}`, target: 0 },
  ];
  say('cold admission: requests at the registry, in sequence');
  for (const [position, step] of steps.entries()) {
    registry.takeRequests();
    await ask(deploymentReview(position, [step.image]));
    const requests = registry.takeRequests();
    say(
      `  ${step.name.padEnd(46)} ${requests.length} (target ${step.target})${requests.length > step.target ? ' MISSED' : ''}`,
    );
  }
  close();
  await service.stop();
  await registry.close();
}
