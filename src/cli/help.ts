/** An option as help shows it: how it is written, and what it does, a line each. */
interface HelpOption {
  readonly written: string;
  readonly lines: readonly string[];
}

/** A command as help shows it. */
export interface HelpCommand {
  readonly name: string;
  /** What stands behind the name. */
  readonly takes: string;
  readonly summary: string;
  readonly options: readonly HelpOption[];
}

const option = (written: string, ...lines: readonly string[]): HelpOption => ({ written, lines });

const RULES = [
  option('--preset NAME', 'python (default), recommended, all, hadolint or buildkit'),
  option('--select NAMES', 'only these rules, families or codes, separated by commas'),
  option('--ignore NAMES', 'not these'),
  option('--config FILE', 'this configuration in place of the nearest plimsoll.yaml'),
  option('--isolated', 'no configuration at all'),
];
const PEDANTIC = option('--pedantic', 'also what is unsure');
const FAIL_ON = option('--fail-on LEVEL', 'error, warning (default), info or never: the least that exits with 1');
const COLOR = option('--color WHEN', 'auto (default), always, never');
const OUTPUT = option('-o, --output-file FILE', 'write the report to FILE');
const BUILD_ARG = option('--build-arg NAME=VALUE', 'as of docker build; may be repeated');
const MARKDOWN = option('--format FORMAT[=FILE]', 'markdown or json; may be repeated');

/** All commands, in the order in which help has them. */
export const HELP_COMMANDS: readonly HelpCommand[] = [
  {
    name: 'lint',
    takes: '[PATH…]',
    summary: 'check Dockerfiles; "-" reads standard input',
    options: [
      option('PATH', 'a Dockerfile; a directory; a file of Compose or Bake: what that builds, as it builds it'),
      option('--fix', 'mend what is safe to mend, in place'),
      option('--unsafe-fixes', 'with --fix or --diff: also what changes layout, versions or users'),
      option('--fix-rule NAMES', 'with --fix or --diff: only fixes of these rules, families or codes'),
      option('--diff', 'print what --fix would change as a patch (--format json: as a plan)'),
      option(
        '--format FORMAT[=FILE]',
        'text, concise, json, sarif, github, gitlab, junit, checkstyle, markdown',
        'or html; may be repeated',
      ),
      OUTPUT,
      ...RULES,
      PEDANTIC,
      FAIL_ON,
      option('--target STAGE', 'the stage that is built, if not the last'),
      BUILD_ARG,
      option('--context DIR', "the directory that is sent along (else the project's)"),
      option('--baseline FILE', 'let be what FILE knows'),
      option('--update-baseline', 'write what is found into that file'),
      option('--add-suppressions', 'write comments that silence what is found, with --reason'),
      option('--reason TEXT', 'what those comments say'),
      option('--show-suppressed', 'json: also what comments silence'),
      option('--statistics', 'a count for each rule instead of the findings'),
      option('--watch', 'run again when something changes beside a Dockerfile'),
      option('--force-exclude', 'leave out what the configuration excludes though it is named (for hooks)'),
      option('--stdin-filename NAME', 'what standard input is called in the report'),
      option('--shellcheck PATH', 'where ShellCheck is, if not on PATH'),
      option('--verbose', 'which configuration holds for each file, and what is not there'),
      COLOR,
    ],
  },
  {
    name: 'advise',
    takes: '[PATH]',
    summary: 'what to change in a Dockerfile first, and what it gains',
    options: [
      option('--image IMAGE', 'built of it: sizes and who gets which Python are measured in it'),
      MARKDOWN,
      OUTPUT,
      ...RULES,
    ],
  },
  {
    name: 'prove',
    takes: '[PATH]',
    summary: 'build a Dockerfile as it is and mended, and compare',
    options: [
      option('--context DIR', "the directory that is built (else the project's, or the Dockerfile's own)"),
      option('--target STAGE', 'as of docker build'),
      BUILD_ARG,
      option('--network MODE', 'as of docker build'),
      option('--engine ENGINE', 'docker or podman (else the first that answers)'),
      option('--keep', 'do not remove the two images'),
      MARKDOWN,
      OUTPUT,
      ...RULES,
      PEDANTIC,
    ],
  },
  {
    name: 'inspect',
    takes: 'IMAGE',
    summary: 'what is in an image, wrong or wasted; "-" reads an archive',
    options: [
      option(
        'IMAGE',
        'an archive (docker save, OCI), an OCI layout, a root directory, or an image of the',
        'Docker or Podman daemon; docker:, podman:, docker-archive:, oci:, oci-archive: or',
        'rootfs: before it says which; registry:NAME asks the registry, without an engine',
      ),
      option('--platform OS/ARCH[/VARIANT]', 'which one, where there are several'),
      option('--image NAME', 'which one, where an archive or a layout holds several'),
      option('--dockerfile FILE', 'what it was built of: findings get its lines, guesses about it are settled'),
      option('--target STAGE', 'with --dockerfile: the stage that was built, if not the last'),
      option('--base-layers N', "how many of the lowest layers are the base image's, not yours to mend"),
      option('--format FORMAT[=FILE]', 'text, json or markdown; may be repeated'),
      OUTPUT,
      option('--top N', 'how many wastes to show (10)'),
      option('--min-efficiency N', 'exit with 1 if live bytes are less than that part of all: 0.9 or 90%'),
      option('--max-wasted N', 'exit with 1 if more bytes are wasted: 20MB, 1GiB'),
      option('--insecure', 'also registries without TLS or with certificates that nobody vouches for'),
      option('--no-progress', 'no progress bar'),
      ...RULES,
      PEDANTIC,
      FAIL_ON,
      COLOR,
    ],
  },
  { name: 'explain', takes: 'RULE', summary: 'what a rule finds, why, and how to mend it', options: [] },
  { name: 'rules', takes: '', summary: 'all rules, a line each', options: [option('--format FORMAT', 'text or json')] },
  {
    name: 'config',
    takes: '[PATH]',
    summary: 'which rules run on a file, how, and where that is said',
    options: [option('--format FORMAT', 'text or json'), ...RULES, PEDANTIC],
  },
  {
    name: 'init',
    takes: '',
    summary: 'write a configuration, a workflow, a hook entry',
    options: [option('--from-hadolint[=FILE]', "make the configuration of hadolint's")],
  },
  {
    name: 'completions',
    takes: 'SHELL',
    summary: 'a script for bash, zsh or fish',
    options: [],
  },
];

const EXIT = `Exit code: 0 nothing at or above --fail-on; 1 findings, a change by --diff, or a
missed threshold; 2 nothing could be read.
`;

/** What `plimsoll --help` prints, or `plimsoll COMMAND --help`. */
export function helpText(topic: string | undefined): string {
  const command = HELP_COMMANDS.find(({ name }) => name === topic);
  return command === undefined ? overview() : `${detail(command)}\n${EXIT}`;
}

function overview(): string {
  const rows = HELP_COMMANDS.map(({ name, takes, summary }) => [`${name} ${takes}`.trim(), summary] as const);
  return `plimsoll: a linter for container images that hold Python

${rows.map(([usage, summary]) => `  ${usage.padEnd(18)} ${summary}`).join('\n')}

  plimsoll lint             what is wrong in the Dockerfiles below here
  plimsoll lint --fix       mend what is safe to mend
  plimsoll COMMAND --help   the options of a command
  plimsoll --version

${EXIT}`;
}

function detail({ name, takes, summary, options }: HelpCommand): string {
  const width = Math.max(0, ...options.map(({ written }) => written.length));
  const lines = options.flatMap(({ written, lines: [first = '', ...more] }) => [
    `  ${written.padEnd(width)}  ${first}`,
    ...more.map((line) => `${' '.repeat(width + 4)}${line}`),
  ]);
  return [`plimsoll ${`${name} ${takes}`.trim()}: ${summary}`, ...(lines.length === 0 ? [] : ['', ...lines]), ''].join(
    '\n',
  );
}
