// Credentials in what everyone who can pull an image can read: its environment, history, labels, commands and files.
import { printable } from '../base/printable.ts';
import type { HistoryFact, RunnableImageFacts, SecretFact, SecretPlace } from '../inspection/image-facts.ts';
import { useKinds } from '../workload/use.ts';
import { type Evidence, findingsOfEach, type RawFinding, type Rule } from './check.ts';
import { defineFactsCheck } from './define-check.ts';
import { deletedFileRule, fileRule, judgeFileSecrets } from './file-secrets.ts';
import { choice, choices } from './parameter.ts';
import { revocationOf } from './revocation.ts';

const why =
  'Manifest, config and history are public to everyone who may pull the image, and to every tool that prints them. Deleting or overwriting the value later does not take it out.';

const env: Rule = {
  id: 'secrets/env',
  severity: 'critical',
  title: 'A credential stands in the environment of the image',
  why,
  advice:
    'remove the ENV; give the value to the container when it runs (a Secret with `valueFrom.secretKeyRef`, or a mounted file), and to the build with `RUN --mount=type=secret,id=…,env=…`; revoke it, because every copy of the image has it',
};

const history: Rule = {
  id: 'secrets/history',
  severity: 'critical',
  title: 'A credential stands in the build history of the image',
  why: `${why} Build arguments and command lines are recorded there, also when nothing of them stays in a file.`,
  advice:
    'never pass it as a build argument or write it in a RUN line: use `RUN --mount=type=secret,id=token …` and `docker build --secret id=token`, which leaves no trace in the image; revoke it, because every copy of the image has it',
};

const label: Rule = {
  id: 'secrets/label',
  severity: 'critical',
  title: 'A credential stands in a label of the image',
  why,
  advice:
    'remove it from the label; where it is part of a URL, write the URL without user and password; revoke it, because every copy of the image has it',
};

const command: Rule = {
  id: 'secrets/command',
  severity: 'critical',
  title: 'A credential stands in a command of the image',
  why: `${why} Arguments are also seen by every process of the container and of the node.`,
  advice:
    'let the program read it from a file or from its environment when it runs (a mounted Secret), and take it out of ENTRYPOINT, CMD, HEALTHCHECK and ONBUILD; revoke it, because every copy of the image has it',
};

const ruleByPlace = { env, history, label, command } as const;

const places = ['env', 'history', 'label', 'command'] as const;

/** Instructions in the history whose cure is not that of RUN and ARG. */
const ruleByKeyword: ReadonlyMap<string, Rule> = new Map([
  ['ENV', env],
  ['LABEL', label],
  ...['CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'ONBUILD', 'SHELL'].map((keyword): [string, Rule] => [keyword, command]),
]);

export const secrets = defineFactsCheck({
  name: 'secrets',
  summary: 'Finds credentials that were built into the image.',
  example: '{ in: [env, history, label, command, file, deleted-file] }',
  rules: [env, history, label, command, fileRule, deletedFileRule],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    in: choices(
      'Where to look. `file` is what the final file system has, `deleted-file` what a later layer deleted or overwrote; both read the layers.',
      [...places, 'file', 'deleted-file'],
    ),
    minCertainty: choice(
      '`certain`: only what prefix, checksum or structure prove. `likely`: also values that the name of their variable gives away, such as DB_PASSWORD.',
      ['likely', 'certain'],
      'likely',
    ),
  },
  requiresNothing: (wanted) => (wanted.in.size === 0 ? 'list places under in' : undefined),
  evaluate: ({ facts }, wanted) => {
    const found = facts.secrets.filter(
      (secret) => wanted.in.has(secret.place.kind) && isSure(secret, wanted.minCertainty),
    );
    const told = withoutRecords(found, facts.history);
    return places.flatMap((kind) =>
      findingsOfEach(
        ruleByPlace[kind],
        told.filter(({ place }) => place.kind === kind),
        (secret) => detailsOf(facts, secret),
      ),
    );
  },
  content: {
    purpose: '`file` and `deleted-file`',
    compile: ({ in: wanted, minCertainty }) => {
      const [file, deleted] = [wanted.has('file'), wanted.has('deleted-file')];
      if (!file && !deleted) return undefined;
      const isWanted = (secret: Pick<SecretFact, 'certainty'>) => isSure(secret, minCertainty);
      return {
        wants: () => true,
        evaluate: ({ facts }) => judgeFileSecrets(facts, { file, deleted, isWanted }),
      };
    },
  },
});

function isSure({ certainty }: Pick<SecretFact, 'certainty'>, least: string): boolean {
  return least === 'likely' || certainty === 'certain';
}

/**
 * Without the instructions that wrote what stands in the config: one mistake is told once, where it takes effect. Of several that wrote
 * the same name the last one did; the others wrote other values, which are in the image too.
 */
function withoutRecords(found: readonly SecretFact[], history: readonly HistoryFact[]): readonly SecretFact[] {
  const inConfig = new Set<string>();
  const lastRecord = new Map<string, SecretFact>();
  for (const secret of found) {
    if (secret.place.kind === 'history') lastRecord.set(writerOf(secret, history), secret);
    else inConfig.add(writerOf(secret, history));
  }
  return found.filter((secret) => {
    const writer = writerOf(secret, history);
    return lastRecord.get(writer) !== secret || !inConfig.has(writer);
  });
}

/** The same for a value in the config and for the instruction that wrote it there. */
function writerOf({ place, detector }: SecretFact, history: readonly HistoryFact[]): string {
  switch (place.kind) {
    case 'env':
      return `${detector} ENV ${place.name}`;
    case 'label':
      return `${detector} LABEL ${place.key}`;
    case 'command':
      return `${detector} ${place.field.toUpperCase()}`;
    case 'history': {
      const keyword = keywordOf(place, history);
      return ruleByKeyword.get(keyword) === command
        ? `${detector} ${keyword}`
        : `${detector} ${keyword} ${place.name ?? ''}`;
    }
    default:
      return place satisfies never;
  }
}

function keywordOf(
  { history: row }: SecretPlace & { readonly kind: 'history' },
  history: readonly HistoryFact[],
): string {
  return history[row]?.keyword ?? 'unknown';
}

function detailsOf(facts: RunnableImageFacts, secret: SecretFact): Omit<RawFinding, 'rule'> {
  const { place } = secret;
  const rule = ruleByPlace[place.kind];
  const cure = place.kind === 'history' ? (ruleByKeyword.get(keywordOf(place, facts.history)) ?? rule) : rule;
  const what =
    secret.publicPrefix === undefined ? secret.title : `${secret.title}, ${printable(secret.publicPrefix, 16)}…`;
  return {
    message: `${placeOf(secret, facts)} holds a credential (${secret.certainty === 'likely' ? `likely ${what}` : what})`,
    advice: adviceOf(cure, secret),
    evidence: evidenceOf(secret, facts),
    fingerprint: secret.fingerprint,
  };
}

/** Says where the provider lets people revoke it, where that is known. */
function adviceOf({ advice }: Rule, { detector }: SecretFact): string {
  return advice.replace('; revoke it,', `; revoke it${revocationOf(detector)},`);
}

function placeOf({ place }: SecretFact, facts: RunnableImageFacts): string {
  switch (place.kind) {
    case 'env':
      return `the environment variable ${printable(place.name, 64)}`;
    case 'label':
      return `the label ${printable(place.key, 64)}`;
    case 'command':
      return `the image's ${place.field}`;
    case 'history': {
      const keyword = keywordOf(place, facts.history);
      const instruction = keyword === 'unknown' ? 'instruction' : `${keyword} instruction`;
      const name = place.name === undefined ? '' : ` (${printable(place.name, 64)})`;
      return `${instruction} ${place.history + 1} of the history${name}`;
    }
    default:
      return place satisfies never;
  }
}

function evidenceOf({ place, detector }: SecretFact, facts: RunnableImageFacts): Evidence {
  switch (place.kind) {
    case 'env':
      return { kind: 'env', name: printable(place.name), detector };
    case 'label':
      return { kind: 'label', key: printable(place.key), detector };
    case 'command':
      return { kind: 'command', field: place.field, detector };
    case 'history':
      return {
        kind: 'history',
        index: place.history,
        instruction: printable(facts.history[place.history]?.instruction ?? '', 300),
        ...(place.layer === undefined ? {} : { layer: place.layer }),
        ...(place.name === undefined ? {} : { name: printable(place.name) }),
        detector,
      };
    default:
      return place satisfies never;
  }
}
