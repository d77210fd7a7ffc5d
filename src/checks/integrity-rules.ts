// Rules that no policy asks for and none can waive: bytes and documents that contradict themselves.
import type { Rule } from './check.ts';

const again =
  'push the image again from its source; if it comes back, find out who serves or stores other bytes than were pushed';

export const integrityRules: readonly Rule[] = [
  {
    id: 'integrity/digest',
    severity: 'critical',
    title: 'The bytes do not have the digest they are named by',
    why: 'The digest is what makes an image one certain thing. Other bytes under it mean a broken store, a broken mirror or an attack.',
    advice: again,
  },
  {
    id: 'integrity/size',
    severity: 'critical',
    title: 'The bytes are more or fewer than their descriptor says',
    why: 'Runtimes refuse such a blob or read past what was stated; a correct builder never writes one.',
    advice: again,
  },
  {
    id: 'integrity/diff-id',
    severity: 'critical',
    title: 'A layer unpacks to other bytes than the config says',
    why: 'The compressed and the uncompressed layer are two different contents: what was inspected is not what a node unpacks.',
    advice: again,
  },
  {
    id: 'integrity/ambiguous',
    severity: 'critical',
    title: 'A document can be read in two ways',
    why: 'Keys that stand twice, or a document that is both manifest and index, let two programs see two images: one that is judged and one that runs.',
    advice:
      'build and push the image with an ordinary builder (docker buildx, buildah, ko, jib); nothing that they write is ambiguous',
  },
  {
    id: 'integrity/media-type',
    severity: 'critical',
    title: 'The media type contradicts the document',
    why: 'A registry that announces one kind of document and serves another makes clients read it differently.',
    advice: 'push the image again with a current builder, and check what stands between the builder and the registry',
  },
  {
    id: 'integrity/schema1',
    severity: 'high',
    title: 'The image has a manifest of the first schema',
    why: 'Schema 1 has no config to hold against a digest, and containerd no longer pulls it.',
    advice:
      'push it again in a current format: `docker pull` and `docker push` with a current Docker, or `skopeo copy --format oci`',
  },
];
