import type { Call } from '../python/call.ts';
import type { FileWrite } from '../python/files.ts';
import { optionOf } from '../python/options.ts';
import { type PackageCall, packageCallOf } from '../python/packages.ts';

/** A call of a package manager that asks before it goes on; a build has nobody to answer. */
export interface Prompt {
  readonly packages: PackageCall;
  /** hadolint's code for it, where it has one. */
  readonly alias: string | undefined;
  /** What answers beforehand. */
  readonly option: string;
}

/** Options of apt-get that answer, or leave nothing to ask. */
const NEVER_ASKS = [
  ...['yes', 'assume-yes', 'force-yes', 'simulate', 'dry-run', 'just-print', 'no-act', 'recon', 'print-uris'],
  'download-only',
];

/** The question of a call; undefined where it has none, or where the answer is given. `writes`: those of its stage and of the stages it is built on. */
export function promptsOf(call: Call, writes: readonly FileWrite[]): Prompt | undefined {
  const packages = packageCallOf(call);
  if (packages === undefined || isAnswered(call)) return undefined;
  const { manager, action, line } = packages;
  // Nothing named is nothing to ask about; what is not there is removed without a question.
  const isNamed = packages.packages.length > 0 || optionOf(line, 'fix-broken') !== undefined;
  const changes = (action === 'install' && isNamed) || action === 'upgrade';
  const has = (...names: string[]) => names.some((name) => optionOf(line, name) !== undefined);
  switch (manager) {
    case 'apt': {
      const isSet = line.options.some(
        ({ name, value = '' }) => name === 'option' && /Assume-Yes[=\s"']*(?:true|yes|1|on)/i.test(value),
      );
      if (!changes || isSet || has(...NEVER_ASKS) || isVeryQuiet(packages)) return undefined;
      return isWritten(writes, call, /^\/etc\/apt\//, /Assume-Yes/i)
        ? undefined
        : { packages, alias: 'hadolint:DL3014', option: '-y' };
    }
    case 'dnf': {
      // microdnf and tdnf as they come in images: the first never asks.
      if (!changes || call.program === 'microdnf' || has('assumeyes', 'assumeno')) return undefined;
      if (line.options.some(({ name, value = '' }) => name === 'setopt' && /^assumeyes=/i.test(value)))
        return undefined;
      if (isWritten(writes, call, /^\/etc\/(?:dnf|yum)/, /assumeyes|defaultyes/i)) return undefined;
      return { packages, alias: call.program === 'yum' ? 'hadolint:DL3030' : 'hadolint:DL3038', option: '-y' };
    }
    case 'zypper':
      if (!(changes || action === 'remove') || has('non-interactive', 'no-confirm')) return undefined;
      return { packages, alias: 'hadolint:DL3034', option: '-y' };
    case 'pacman':
      // -Ss, -Si, -Sl, -Sp and -Sg only tell.
      return changes &&
        !/^-S\w*[silpg]/.test(packages.verb.value) &&
        !call.words.some(({ value }) => value === '--noconfirm')
        ? { packages, alias: undefined, option: '--noconfirm' }
        : undefined;
    case 'apk':
      return undefined;
  }
}

/** `-qq`, `-q -q` and `-q=2` imply `-y` (apt-get(8), --quiet). */
function isVeryQuiet({ line }: PackageCall): boolean {
  const quiet = line.options.filter(({ name }) => name === 'quiet');
  return quiet.length > 1 || quiet.some(({ word }) => /=[2-9]$/.test(word.value));
}

/** `yes | apt-get install …` */
function isAnswered({ command }: Call): boolean {
  return command.connector === '|' || command.redirects.some(({ operator }) => operator.startsWith('<'));
}

/** Whether a file that was written before a call says something by the lines in it. */
export function isWritten(writes: readonly FileWrite[], call: Call, path: RegExp, line: RegExp): boolean {
  return writes.some(
    (write) =>
      (write.step.stage !== call.step.stage || write.order < call.order) &&
      path.test(write.path.text) &&
      // What a copied file says, nobody knows here.
      (write.lines.length === 0 || write.lines.some(({ text }) => line.test(text))),
  );
}
