// The port through which images are read: a registry, an OCI layout, an archive. All implementations pass one test suite.
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageReference } from '../oci/reference.ts';

/** Whose permission opened the image: anyone's, the requester's own pull credentials, or only the service's. */
export type Grant = 'anonymous' | 'requester' | 'service';

/** One way to authenticate. `source` names where it was found (`secret shop/regcred`) and is all of it that may be shown. */
export interface Credential {
  readonly source: string;
  readonly grant: 'requester' | 'service';
  readonly login:
    | { readonly kind: 'password'; readonly username: string; readonly password: string }
    | { readonly kind: 'identity-token'; readonly token: string }
    | { readonly kind: 'registry-token'; readonly token: string };
}

/** Every credential that matches an image, in the order in which they are tried. Empty means anonymous. */
export interface Keyring {
  lookup(reference: ImageReference, signal: AbortSignal): Promise<readonly Credential[]>;
  /** The same at once; undefined where something has to be waited for, as it always has to where this is absent. */
  readonly atHand?: (reference: ImageReference) => readonly Credential[] | undefined;
  /** What was named to pull with and is of no use, as sentences for whoever named it; known after a lookup. */
  readonly gaps?: () => readonly string[];
}

export interface Access {
  readonly keyring: Keyring;
  /** Ends this caller's wait; work shared with others goes on for them. */
  readonly signal: AbortSignal;
}

export interface Resolution {
  readonly digest: Digest;
  /** The media type the registry gave, when there was a body; lower case, no parameters. */
  readonly mediaType?: string;
  /** The manifest's bytes, verified against `digest`, when resolving already brought them. */
  readonly document?: Uint8Array;
  readonly grant: Grant;
  /** `Credential.source`, or `anonymous`. */
  readonly credential: string;
  /** Set when the registry could not be asked and this is what was last known: RFC 3339. */
  readonly staleSince?: string;
}

/** A way to the bytes of a layer that another thread may be given, which then brings them in itself. */
export interface LayerChannel {
  /** For whoever does not hand it on after all. */
  close(): void;
}

export interface ImageSource {
  /**
   * Finds the digest that a reference names now and proves that `access` may read it, with as few requests as that takes:
   * none for a digest with a live authorisation whose facts are known, one HEAD for a tag whose last digest is known, else one GET.
   * @param isKnown tells whether facts of a digest are at hand, so that its document need not be brought.
   * @throws Fault `registry/*`, `integrity/*`, `limit`, `cancelled`.
   */
  resolve(
    reference: ImageReference,
    access: Access,
    isKnown: (digest: Digest) => Promise<boolean>,
  ): Promise<Resolution>;

  /**
   * The answer of `resolve` where it is remembered and needs neither request nor wait, for an image whose facts are at hand; undefined
   * where it is not, and always where this is absent.
   */
  readonly atHand?: (reference: ImageReference, keyring: Keyring) => Resolution | undefined;

  /** The bytes of a manifest or index by digest, with the media type it was served as; verified (digest; size where known). */
  readManifest(
    repository: ImageReference,
    target: Pick<Descriptor, 'digest'> & Partial<Descriptor>,
    access: Access,
  ): Promise<{ readonly bytes: Uint8Array; readonly mediaType?: string }>;

  /** The bytes of a small blob (a config), verified; `limits.maxConfigBytes` bounds it. */
  readConfig(repository: ImageReference, descriptor: Descriptor, access: Access): Promise<Uint8Array>;

  /**
   * The bytes of a layer as they lie there, in order, in pieces of any length and as fast as they are taken; what they are is for the
   * reader to prove. A piece may share its memory with others: it is read until the next one is asked for, and never handed on. A
   * descriptor's `urls` are never followed. Iterated once. It may wait in line, and what is open keeps others waiting: each stream is read to its end, or left, which
   * closes it at once, or ended by `access.signal`, also between two pieces.
   * @throws Fault `registry/*`, `cancelled`; `integrity/size` before the first byte where the source announces another size than the
   * descriptor's, or where the bytes end elsewhere. The same while it is iterated.
   */
  openLayer(repository: ImageReference, descriptor: Descriptor, access: Access): Promise<AsyncIterable<Uint8Array>>;

  /**
   * The same for a reader in another thread, at once: whatever stands in the way is told to that reader. Absent where the bytes have
   * to come through this thread.
   */
  readonly channelToLayer?: (repository: ImageReference, descriptor: Descriptor, access: Access) => LayerChannel;

  /**
   * Whether this repository has a blob of the layer's digest and size for `access` now, without reading it: what is known of a layer
   * from elsewhere may then be told here too. False where it cannot be told this way.
   * @throws Fault `registry/*` but `registry/not-found`, `cancelled`.
   */
  hasLayer(repository: ImageReference, descriptor: Descriptor, access: Access): Promise<boolean>;
}
