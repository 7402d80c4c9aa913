import { insertAbove } from '../../src/dockerfile/edit.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { defineRule, type Fix, fixOf } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { isPosixShell, programOf, type ShellCommand } from '../../src/shell/script.ts';

/** They do not fail, or nobody minds. */
const HARMLESS = new Set([
  'echo',
  'printf',
  'yes',
  'true',
  ':',
  'seq',
  'cat',
  'ls',
  'env',
  'printenv',
  'date',
  'uname',
  'arch',
  'head',
  'tail',
  'sort',
  'cut',
  'tr',
  'grep',
  'sed',
  'awk',
  'find',
  'dpkg',
  'ldd',
  'which',
  'xargs',
  'rpm',
  'apk',
  'nproc',
  'id',
  'basename',
  'dirname',
  'lsb_release',
  'dpkg-query',
  'apt-mark',
  'scanelf',
  'jq',
  'uniq',
  'wc',
  'tee',
  'egrep',
]);

const DOWNLOADERS = /^(?:curl|wget|git|aws|gsutil|gh|svn|scp|rsync)$/;

export default defineRule<{ strict: boolean }>({
  *dockerfile(file, { strict }) {
    for (const pythonStage of file.python.stages) {
      for (const call of pythonStage.calls) {
        const { command, script, step } = call;
        if (command.connector !== '|' || step.instruction.keyword !== 'RUN') continue;
        const left = script.commands.findLast(
          ({ range, within }) => range.end <= command.range.start && within.includes('pipeline'),
        );
        if (left === undefined || hasPipefail(call, strict)) continue;
        if (!strict && notices(call)) continue;
        if (!strict && (HARMLESS.has(left.program) || left.program === '' || command.isTolerated)) continue;
        const [name] = left.words;
        yield {
          at: (name ?? left).range,
          data: { program: left.program },
          severity: strict || DOWNLOADERS.test(left.program) ? undefined : 'info',
          fix: () => withShell(file, pythonStage, call),
        };
      }
    }
  },
});

/** Programs that fail by themselves where nothing or not all arrives: nobody goes on with half of a file. */
function notices({ command, script }: Call): boolean {
  const { program, words } = command;
  // grep finds nothing in nothing; in the middle of a pipe its word does not count.
  const isLast = script.commands[command.index + 1]?.connector !== '|';
  if (/^[ef]?grep$/.test(program) && isLast)
    return !words.some(({ value }) => /^-\w*[Lv]|^--(?:invert|files-without)/.test(value));
  if (/^(?:tar|bsdtar|gunzip|unxz|xz|bunzip2|bzip2|unzstd|zstd|unzip|apt-key|gpg|gpg2)$/.test(program)) return true;
  return /^sha\d+sum$/.test(program) && words.some(({ value }) => value === '-c' || value === '--check');
}

/** By SHELL, by `set -o pipefail` before it, or by the options of the shell that reads it. */
function hasPipefail({ step, script, command }: Call, strict: boolean): boolean {
  const { shell } = step.state;
  const program = programOf(shell[0] ?? '');
  // BusyBox' sh knows it as well; others by that name may not.
  const isKnown = strict ? /^(?:bash|zsh|ash)$/.test(program) : isPosixShell(program);
  if (isKnown && shell.includes('pipefail')) return true;
  return !strict && script.commands.some((other) => other.index < command.index && setsPipefail(other));
}

function setsPipefail({ program, words }: ShellCommand): boolean {
  return (
    (program === 'set' || isPosixShell(program)) &&
    words.some(({ value }) => value === 'pipefail' || /\bpipefail\b/.test(value))
  );
}

/** SHELL before the first such RUN of the stage, where a shell that knows it is there. */
function withShell(file: DockerfileModel, { base, calls, stage }: PythonStage, call: Call): Fix | undefined {
  const distribution = base?.distribution;
  const { shell } = call.step.state;
  if (distribution === undefined || call.step.state.shellIsSet || shell.join(' ') !== '/bin/sh -c') return undefined;
  const isBusybox = distribution.sh === 'ash';
  const first = calls.find(
    ({ command, step }) =>
      command.connector === '|' && step.instruction.keyword === 'RUN' && !step.onbuild && step.stage === stage,
  );
  if (first === undefined || call.step.onbuild) return undefined;
  const line = `SHELL ["${isBusybox ? '/bin/ash' : '/bin/bash'}", "-o", "pipefail", "-c"]`;
  return fixOf('unsafe', 'Let a pipe fail with its first command', [insertAbove(file, first.step.instruction, [line])]);
}
