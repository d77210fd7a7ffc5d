// All that is known of an image, without opinion: the narrow waist between reading and judging. Plain JSON.
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Certainty } from '../secrets/detector.ts';
import type { ContentFacts } from './content-facts.ts';

/** Shape of these documents; facts of another schema are read again. */
export const factsSchema = 1;

/** One build instruction as history recorded it, redacted. `layer` is set only when history and layers line up. */
export interface HistoryFact {
  readonly index: number;
  /** `RUN`, `COPY`, `ENV`, … or `unknown`. */
  readonly keyword: string;
  /** As a Dockerfile would say it, with the builder's decoration removed; secrets replaced. */
  readonly instruction: string;
  readonly emptyLayer: boolean;
  readonly layer?: number;
  readonly created?: string;
}

export interface LayerFact {
  readonly index: number;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Compressed bytes, as the descriptor says. */
  readonly size: number;
  readonly diffId?: Digest;
  readonly kind: 'tar' | 'foreign' | 'encrypted' | 'unknown';
  /** Index into history of the instruction that made it, when that is certain. */
  readonly history?: number;
}

/** `User` split as containerd splits it; a name is resolved only with the layers. */
export type UserFact =
  | { readonly kind: 'unset' }
  | { readonly kind: 'uid'; readonly raw: string; readonly uid: number; readonly gid?: number; readonly group?: string }
  | {
      readonly kind: 'name';
      readonly raw: string;
      readonly name: string;
      readonly gid?: number;
      readonly group?: string;
    }
  | { readonly kind: 'out-of-range'; readonly raw: string }
  | { readonly kind: 'malformed'; readonly raw: string };

export type HealthcheckFact =
  | { readonly kind: 'absent' }
  | { readonly kind: 'disabled' }
  /** `["CMD"]`, `["CMD-SHELL",""]` and the like: something is written, and it checks nothing. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'present'; readonly test: readonly string[] };

export type SecretPlace =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'label'; readonly key: string }
  | { readonly kind: 'history'; readonly history: number; readonly layer?: number; readonly name?: string }
  | { readonly kind: 'command'; readonly field: 'Entrypoint' | 'Cmd' | 'Healthcheck' | 'OnBuild' | 'Shell' };

export interface SecretFact {
  readonly detector: string;
  readonly title: string;
  readonly certainty: Certainty;
  readonly place: SecretPlace;
  readonly publicPrefix?: string;
  /** Over detector, config digest and place; never over the secret. */
  readonly fingerprint: string;
}

export interface PortFact {
  readonly raw: string;
  readonly from: number;
  readonly to: number;
  readonly protocol: string;
}

/** What was read, what was not, and why. */
export interface Coverage {
  readonly layers: number;
  readonly read: number;
  /** Why history says nothing about layers, when it does not. */
  readonly history: 'aligned' | 'absent' | 'counts-differ';
}

interface FactsBase {
  readonly schema: typeof factsSchema;
  readonly detectors: number;
  /** RFC 3339. */
  readonly readAt: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Config plus distinct layers, in bytes as descriptors state them. */
  readonly compressedSize: number;
  readonly layers: readonly LayerFact[];
}

/** Facts of one manifest of one platform. */
export interface RunnableImageFacts extends FactsBase {
  readonly kind: 'image';
  readonly coverage: Coverage;
  readonly configDigest: Digest;
  readonly platform: Platform;
  /** RFC 3339; absent when the builder wrote none or a placeholder from before 1980. */
  readonly created?: string;
  readonly builder: string;
  readonly base?: { readonly name?: string; readonly digest?: string };
  readonly user: UserFact;
  readonly healthcheck: HealthcheckFact;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly exposedPorts: readonly PortFact[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly stopSignal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly history: readonly HistoryFact[];
  readonly secrets: readonly SecretFact[];
  /** Absent as long as the layers are not read. */
  readonly content?: ContentFacts;
}

/** An artifact (Helm chart, model, SBOM …): never runnable, allowed as an image volume. */
export interface ArtifactFacts extends FactsBase {
  readonly kind: 'artifact';
  readonly artifactType: string;
}

export type ImageFacts = RunnableImageFacts | ArtifactFacts;
