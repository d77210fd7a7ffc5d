// What to change in the Dockerfile so that an image gets smaller, told from the instruction that made its largest layer.
import { printable } from '../base/printable.ts';
import { formatBytes } from '../base/quantity.ts';
import type { ImageFacts, LayerFact } from '../inspection/image-facts.ts';
import type { Evidence } from './check.ts';
import { instructionOf, toldInstruction } from './layer-mark.ts';

/** What an instruction is about stands at its beginning; more of a stranger's text is not looked at. */
const maxReadLength = 2000;

/** What an instruction does that makes layers large, and the cure. The first that fits is told. */
const cures: readonly { readonly pattern: RegExp; readonly cure: string }[] = [
  {
    pattern:
      /\b(?:apt-get|apt|apk|dnf|microdnf|yum|zypper)\b.{0,200}\b(?:build-essential|gcc|g\+\+|make|build-base|[a-z0-9+.]{1,40}-dev(?:el)?)\b/s,
    cure: 'it installs compilers or headers: install them in a build stage (`FROM … AS build`) and COPY only what was built into the final stage',
  },
  {
    pattern: /\b(?:npm|pnpm|yarn)\b/,
    cure: 'run the full install and the build in a build stage, and `npm ci --omit=dev` for the final one with `RUN --mount=type=cache,target=/root/.npm`, so that neither development dependencies nor the cache stay',
  },
  {
    pattern: /\b(?:pip3?|poetry|uv|conda|mamba)\b/,
    cure: 'install into a virtualenv in a build stage and COPY that directory into a slim base; use `--no-cache-dir` or a cache mount',
  },
  {
    pattern:
      /\b(?:go (?:build|install|mod)|cargo (?:build|install)|mvn|gradle|gradlew|dotnet (?:build|publish|restore))\b/,
    cure: 'compile in a build stage and COPY only the binary, JAR or published output into a runtime-only base (distroless, a JRE, scratch)',
  },
  {
    pattern: /\b(?:apt-get|apt)\b/,
    cure: 'use `apt-get install --no-install-recommends` and remove /var/lib/apt/lists in the same RUN, or use cache mounts',
  },
  {
    pattern: /\bapk\b/,
    cure: 'use `apk add --no-cache`, and `--virtual` with `apk del` in the same RUN for what only that step needs',
  },
  {
    pattern: /\b(?:dnf|microdnf|yum|zypper)\b/,
    cure: 'clean the package cache (`dnf clean all`) in the same RUN and leave weak dependencies out',
  },
  {
    pattern: /\b(?:chown|chmod)\b.{0,40}-R|-R.{0,40}\b(?:chown|chmod)\b/s,
    cure: 'changing the owner or mode of files copies them into a new layer: use `COPY --chown=… --chmod=…` where they are added',
  },
  {
    pattern: /^(?:COPY|ADD) (?:--[a-z]+(?:=\S+)? )*\.\/? /,
    cure: 'it copies the whole build context: keep .git, node_modules, tests and data out with a .dockerignore, and copy only built output from a build stage',
  },
];

/** Advice that names the largest layer where history says what made it, else the general advice. */
export function adviceForLargest(facts: ImageFacts, general: string): string {
  const largest = facts.layers.reduce<LayerFact | undefined>(
    (best, entry) => (best === undefined || entry.size > best.size ? entry : best),
    undefined,
  );
  if (largest === undefined) return general;
  const share = `the largest layer is ${largest.index + 1} of ${facts.layers.length} (${formatBytes(largest.size)}`;
  const instruction = instructionOf(facts, largest);
  if (instruction === undefined) return `${share}); ${general}`;
  return `${share}, ${toldInstruction(instruction)}): ${cureOf(facts, largest, instruction) ?? general}`;
}

/** Advice for one layer: the cure for what its instruction does, where both are known. */
export function adviceForLayer(facts: ImageFacts, layer: LayerFact, general: string): string {
  const instruction = instructionOf(facts, layer);
  if (instruction === undefined) return general;
  return `${toldInstruction(instruction)} made it: ${cureOf(facts, layer, instruction) ?? general}`;
}

export function layerEvidence(facts: ImageFacts, layer: LayerFact): Extract<Evidence, { readonly kind: 'layer' }> {
  const instruction = instructionOf(facts, layer);
  return {
    kind: 'layer',
    index: layer.index,
    digest: layer.digest,
    size: layer.size,
    ...(instruction === undefined ? {} : { instruction: printable(instruction, 300) }),
  };
}

function cureOf(facts: ImageFacts, layer: LayerFact, instruction: string): string | undefined {
  if (layer.index === 0 && /^(?:ADD|COPY)\b/.test(instruction) && facts.layers.length > 1) {
    return 'most of it is the base image: start the final stage from a slim, alpine or distroless variant of it';
  }
  const beginning = instruction.slice(0, maxReadLength);
  return cures.find(({ pattern }) => pattern.test(beginning))?.cure;
}
