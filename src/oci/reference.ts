// Image references, parsed and normalised exactly as containerd does.
import type { Digest } from './digest.ts';

/** `host/repository[:tag][@digest]`; always has a tag or a digest. When both are there the digest wins and the tag is a label. */
export interface ImageReference {
  /** As containerd normalises it: Docker Hub is `docker.io`; otherwise as written, with the port. */
  readonly host: string;
  /** Without host, `library/` filled in for Docker Hub. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}
