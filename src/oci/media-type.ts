// Media types of manifests, configs and layers: which kind of document or layer each one announces.

export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociArtifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerList]);
const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.ociManifest, mediaTypes.dockerManifest]);
const imageConfigTypes: ReadonlySet<string> = new Set([mediaTypes.ociConfig, mediaTypes.dockerConfig]);

/** containerd takes `text/plain` for schema 1 as well; here that needs the marks of schema 1 in the body. */
const schema1Types: ReadonlySet<string> = new Set([
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
]);

/**
 * The `Accept` header of every manifest request, HEAD included. Without it registries convert to schema 1, hide OCI images,
 * or serve one platform of a list; a wildcard would bring that back.
 */
export const acceptHeader = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
].join(', ');

/** Lower case, without parameters (RFC 9110 8.3.1; the distribution spec has clients ignore parameters). */
export function bareMediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType);
}

export function isSchema1Type(mediaType: string): boolean {
  return schema1Types.has(mediaType);
}

/** Whether a config of this type is an image's; every other type must not be read as one (image-spec manifest.md). */
export function isImageConfigType(mediaType: string): boolean {
  return imageConfigTypes.has(mediaType);
}

/** `foreign` layers may lie elsewhere (`urls`, or a type that says so); `unknown` is any payload that is no tar archive. */
export type LayerKind = 'tar' | 'foreign' | 'encrypted' | 'unknown';

const tarLayer =
  /^application\/vnd\.(?:oci\.image\.layer\.v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.diff\.tar(?:\.(?:gzip|zstd))?)$/;

const foreignLayer =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.foreign\.diff\.tar(?:\.(?:gzip|zstd))?)$/;

/** Says what a layer is from its descriptor. Compression is told by the bytes, not by the type, and plays no part here. */
export function layerKindOf(layer: { readonly mediaType: string; readonly urls: readonly string[] }): LayerKind {
  if (layer.mediaType.endsWith('+encrypted')) return 'encrypted';
  if (foreignLayer.test(layer.mediaType)) return 'foreign';
  if (!tarLayer.test(layer.mediaType)) return 'unknown';
  return layer.urls.length > 0 ? 'foreign' : 'tar';
}
