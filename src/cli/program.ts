// The command line: every command with its options and help; what each does lies in a file of its own.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { faultFromUnknown } from '../base/fault.ts';
import type { ConfigurationOverrides } from '../files/configuration-overrides.ts';
import { parseInstant } from '../policy/instant.ts';
import { engineVersion } from './engine-version.ts';
import { type ExitCode, exitCodeOfFault, exitCodes } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What a command's file gives: it writes to the terminal and says how it went. Problems are thrown as Faults. */
type CommandRun<Options> = (targets: readonly string[], options: Options, terminal: Terminal) => Promise<ExitCode>;

export interface CommandRuns {
  readonly check: CommandRun<CheckOptions>;
  readonly inspect: CommandRun<InspectOptions>;
  readonly test: CommandRun<CommonOptions>;
  readonly explain: CommandRun<CommonOptions>;
  readonly serve: CommandRun<ServeOptions>;
}

export interface CommonOptions {
  readonly config?: string;
}

export interface CheckOptions extends CommonOptions {
  readonly policies?: readonly string[];
  readonly output: 'text' | 'json';
  readonly platform?: readonly string[];
  readonly namespace?: string;
  readonly namespaceLabel?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly requirePolicy?: boolean;
}

export interface InspectOptions extends CommonOptions {
  readonly output: 'text' | 'json';
  readonly platform?: readonly string[];
}

export type ServeOptions = CommonOptions & ConfigurationOverrides;

function collectNamed(value: string, previous: readonly string[] | undefined): readonly string[] {
  return collect(named(value), previous);
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** A shell variable that is not set leaves an empty word behind. */
function named(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('it is empty; name a file or directory.');
  return value;
}

/** As Kubernetes names them (RFC 1123); any other name would fit no policy, and nothing would be judged. */
function namespaceName(text: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('a namespace has lower-case letters, digits and -.');
}

function collectLabel(
  text: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (!/^[A-Za-z0-9][\w./-]*$/.test(text.slice(0, Math.max(equals, 0)))) {
    throw new InvalidArgumentError('a label is written KEY=VALUE.');
  }
  return { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** A day alone is its beginning. */
function instant(text: string): number {
  try {
    return parseInstant(/^[\d-]+$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch {
    throw new InvalidArgumentError('a time is written 2026-11-23T10:00:00Z (RFC 3339).');
  }
}

const targetHelp = `
TARGET is an image reference, unless it is - (standard input), begins with /, ./ or ../, or ends in .yaml, .yml or .json:
those are Kubernetes manifests, files or whole directories. To say it outright:
  image:REF   file:PATH   oci:DIR   oci-archive:FILE   docker-archive:FILE`;

const inspectHelp = `
TARGET is an image reference, or an image on disk:
  image:REF   oci:DIR   oci-archive:FILE   docker-archive:FILE

Exit status: 0 all facts could be had; 2 wrong usage, or a configuration does not load; 3 some could not; 4 internal error.`;

const testHelp = `
Exit status: 0 every case passed; 1 a case failed; 2 wrong usage, or a policy or case does not load; 4 internal error.`;

const exitHelp = `
Exit status: 0 nothing was denied; 1 an image was denied; 2 wrong usage, or a policy or configuration does not load;
3 every deny is for want of facts (undecided/*); 4 internal error.`;

/** The same everywhere, so that the page made of it is too. */
const helpWidth = 80;

const configOption = (): Option =>
  new Option('--config <file>', 'settings of registries, limits and the service').argParser(named);
const policiesOption = (): Option =>
  new Option('--policies <dir>', 'policies and exceptions to judge by; may be given several times').argParser(
    collectNamed,
  );
const outputOption = (): Option =>
  new Option('-o, --output <format>', 'format of the result').choices(['text', 'json']).default('text');
const platformOption = (does: string): Option =>
  new Option('--platform <os/arch>', `${does} only this platform of an index; may be given several times`).argParser(
    collect,
  );

/** Builds the program. Nothing in it touches the process; the exit code comes back through `done`. */
function createProgram(runs: CommandRuns, terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('tidewaiter')
    .description(
      'Decides whether a container image may be landed: reads it in its registry, holds it against policies.',
    )
    .version(engineVersion)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHelpWidth: () => helpWidth,
      getErrHelpWidth: () => helpWidth,
    });
  const command = (name: string, description: string): Command =>
    program.command(name).description(description).copyInheritedSettings(program).addOption(configOption());

  command('serve', 'run the service that answers the Kubernetes API server')
    .addOption(policiesOption())
    .option('--listen <host:port>', 'where admission reviews are answered (default: 0.0.0.0:8443)')
    .option('--tls-cert <file>', 'certificate chain, PEM; read again when it changes', named)
    .option('--tls-key <file>', 'its private key, PEM', named)
    .addOption(
      new Option('--insecure-http', 'answer over plain HTTP, for tests and behind a proxy').conflicts([
        'tlsCert',
        'tlsKey',
      ]),
    )
    .option('--client-ca <file>', 'require client certificates signed by these authorities, PEM', named)
    .option('--probe-listen <host:port>', 'where /livez, /readyz and /metrics are answered (default: 0.0.0.0:8080)')
    .option('--data-dir <dir>', 'where facts of images and layers, and the last good policies, are kept', named)
    .action(async (options: ServeOptions) => done(await runs.serve([], options, terminal)));
  command('check', 'judge images, image layouts and archives, and Kubernetes manifests')
    .argument('<target...>')
    .addOption(policiesOption())
    .addOption(outputOption())
    .addOption(platformOption('judge'))
    .option('--namespace <name>', 'the namespace of objects that name none', namespaceName)
    .addOption(
      new Option('--namespace-label <key=value>', 'a label of that namespace; may be given several times').argParser(
        collectLabel,
      ),
    )
    .addOption(new Option('--at <time>', 'judge as of this time').argParser(instant))
    .option('--require-policy', 'fail when a use is judged by no policy')
    .addHelpText('after', `${targetHelp}\n${exitHelp}`)
    .action(async (targets: string[], options: CheckOptions) => done(await runs.check(targets, options, terminal)));
  command('inspect', 'show what is known of an image')
    .argument('<target>')
    .addOption(outputOption())
    .addOption(platformOption('show'))
    .addHelpText('after', inspectHelp)
    .action(async (target: string, options: InspectOptions) => done(await runs.inspect([target], options, terminal)));
  command('test', 'run the cases that lie beside policies')
    .argument('<dir...>')
    .addHelpText('after', testHelp)
    .action(async (directories: string[], options: CommonOptions) =>
      done(await runs.test(directories, options, terminal)),
    );
  command('explain', 'tell what a check or rule looks for, why, and how to fix what it finds')
    .argument('[check|rule]')
    .action(async (name: string | undefined, options: CommonOptions) =>
      done(await runs.explain(name === undefined ? [] : [name], options, terminal)),
    );
  return program;
}

/** Parses arguments (without node and script), runs the command, and gives the exit code. Never throws. */
export async function runProgram(argv: readonly string[], runs: CommandRuns, terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(runs, terminal, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    // Help and version end by throwing too, with an exit code of 0.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const fault = faultFromUnknown(thrown);
    terminal.err(`tidewaiter: ${fault.message}\n`);
    if (fault.code === 'internal' && fault.cause instanceof Error)
      terminal.err(`${fault.cause.stack ?? fault.cause.message}\n`);
    return exitCodeOfFault(fault);
  }
}
