// Images that others are built on: whoever begins with all layers of one has it as base.
import type { BaseEvidence, KnownBase } from '../composition/recognise-base.ts';
import type { RunnableImageFacts } from './image-facts.ts';

export class KnownBases {
  readonly #bases = new Map<string, KnownBase>();

  /** @param name what it is called where it is shown. */
  add(name: string, { digest, layers }: Pick<RunnableImageFacts, 'digest' | 'layers'>): void {
    const diffIds = layers.flatMap(({ diffId }) => diffId ?? []);
    if (diffIds.length > 0 && diffIds.length === layers.length) this.#bases.set(digest, { name, diffIds });
  }

  /** What tells which base an image has; no image is its own. */
  evidenceFor({ base, digest }: Pick<RunnableImageFacts, 'base' | 'digest'>): BaseEvidence {
    const known = [...this.#bases].filter(([one]) => one !== digest).map(([, one]) => one);
    const declared = base?.digest === undefined || base.digest === digest ? undefined : this.#declared(base.digest);
    return { known, ...(declared === undefined ? {} : { declared }) };
  }

  #declared(digest: string): KnownBase | undefined {
    return this.#bases.get(digest);
  }
}
