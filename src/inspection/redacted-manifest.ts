// A manifest in which every credential is replaced, as `redacted-config.ts` does it for the config.
import type { ImageManifest } from '../oci/manifest.ts';
import type { FactRedactor } from './fact-redactor.ts';
import { redactedMap } from './redacted-config.ts';

/** The same manifest: annotations are searched as labels are, and types are free text as well. */
export function redactedManifest(manifest: ImageManifest, redactor: FactRedactor): ImageManifest {
  const typed = <T extends { readonly mediaType: string }>(one: T): T => ({
    ...one,
    mediaType: redactor.strip(one.mediaType),
  });
  const { artifactType } = manifest;
  return {
    ...manifest,
    annotations: redactedMap(manifest.annotations, redactor),
    config: typed(manifest.config),
    layers: manifest.layers.map(typed),
    ...(artifactType === undefined ? {} : { artifactType: redactor.strip(artifactType) }),
  };
}
