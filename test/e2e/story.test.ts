// The whole story: real images in real registries, judged by the running service for a real API server, as kubectl shows it.
import { after, before, describe } from 'node:test';
import { skipWithout } from '../support/installed-tools.ts';
import { realRegistryPrograms } from '../support/real-registry.ts';
import { createOldWorkloads, tellChanges } from './story/changes.ts';
import { tellChart } from './story/chart.ts';
import { tellKinds } from './story/kinds.ts';
import { tellLifecycle } from './story/lifecycle.ts';
import { tellRefusals } from './story/refusals.ts';
import { tellSurroundings } from './story/surroundings.ts';
import { tellTenancy } from './story/tenancy.ts';
import { type Harbour, startHarbour } from './support/harbour.ts';
import { withoutControlPlane } from './support/tools.ts';
import { registerWebhook } from './support/webhook.ts';

describe('the story', {
  skip: withoutControlPlane || skipWithout('buildah', 'skopeo', 'mmdebstrap', ...realRegistryPrograms),
}, () => {
  let started: Harbour;
  const harbour = (): Harbour => started;

  before(async () => {
    started = await startHarbour();
    await createOldWorkloads(started);
    const { kubectl, service, authority } = started;
    await registerWebhook(kubectl, { url: service.reviewsUrl, caBundle: authority.cert });
  });
  after(() => started?.stop());

  tellRefusals(harbour);
  tellKinds(harbour);
  tellChanges(harbour);
  tellTenancy(harbour);
  tellSurroundings(harbour);
  tellChart(harbour);
  // Last, because it ends the service.
  tellLifecycle(harbour);
});
