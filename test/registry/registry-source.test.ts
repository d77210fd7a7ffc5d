// The registry client passes the suite of all image sources, against the in-process registry.
import { createRegistry } from '../../src/registry/registry.ts';
import { defaultRegistrySettings } from '../../src/registry/settings.ts';
import { imageSourceSuite } from '../inspection/image-source-suite.ts';
import { startHostileRegistry } from '../support/hostile-registry.ts';

imageSourceSuite('a registry', async (content) => {
  const registry = await startHostileRegistry();
  for (const [tag, built] of content.tags) registry.put('team/app', tag, built);
  for (const [digest, bytes] of content.replaced ?? []) registry.replace(digest, bytes);
  const settings = { ...defaultRegistrySettings, allowLoopback: true };
  const source = createRegistry(settings, {
    now: Date.now,
    readFile: () => Promise.reject(new Error('no files here')),
  });
  return {
    source,
    name: `${registry.host}/team/app`,
    async close() {
      source.close();
      await registry.close();
    },
  };
});
