import { isPlainPath } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf, type Report, weighed } from '../../src/engine/rule.ts';
import { wayOf } from '../../src/image/words.ts';
import type { Call } from '../../src/python/call.ts';
import { chainOf } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { editsSecurePath } from '../../src/python/profiles.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { isPythonProgram } from '../../src/python/starts.ts';
import { finalUser, isRoot } from '../../src/python/users.ts';
import { replaceWord } from '../../src/shell/edit.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (editsSecurePath(pythonStage)) continue;
      for (const call of pythonStage.calls) {
        const report = judge(call, pythonStage);
        if (report !== undefined) yield report;
      }
    }
    const final = file.python.final;
    if (final !== undefined && !editsSecurePath(final)) yield* installed(final);
  },
  *image(image) {
    const venv = wayOf(image, 'exec')?.python3?.environment;
    const sudo = wayOf(image, 'sudo');
    if (
      venv === undefined ||
      !image.isOwn(venv.layer) ||
      sudo?.path === undefined ||
      sudo.python3?.environment === venv
    )
      return;
    const layer = image.files.find('/usr/bin/sudo')?.inode.layer;
    yield { path: '/etc/sudoers', layer, data: { venv: venv.path }, message: 'installed', severity: 'info' };
  },
});

/** `sudo pip install …` while an environment is in front of PATH. */
function judge(call: Call, { known, stage }: PythonStage): Report | undefined {
  const sudo = call.command.wrappers.find(({ name }) => name === 'sudo');
  const word = call.words[0];
  if (sudo === undefined || word === undefined || word.value.includes('/') || !isPythonProgram(word.value))
    return undefined;
  // With -i the login shell looks it up: sudo-login.
  const isOther = sudo.options.some(({ value }) => /^--preserve-env=.*PATH|^-[a-zA-Z]*i|^--login$/.test(value));
  if (isOther || call.step.onbuild) return undefined;
  if (call.command.assignments.some(({ name }) => name === 'PATH')) return undefined;
  const environment = environmentOnPath(call.variable('PATH')?.value, known);
  if (environment === undefined) return undefined;
  const isRun = call.step.instruction.keyword === 'RUN' && call.command.shell !== 'exec';
  const { text } = environment.path;
  return {
    at: word.range,
    data: { program: word.value, venv: text },
    severity: weighed('warning', stage, call.command),
    fix:
      isRun && word.isLiteral && isPlainPath(text)
        ? fixOf('unsafe', 'Name the program by its path', [replaceWord(word, `${text}/bin/${word.value}`)])
        : undefined,
  };
}

/** Whoever uses sudo in a container of the image later. */
function* installed(final: PythonStage): Generator<Report> {
  const environment = environmentOnPath(final.stage.environment.get('PATH'), final.known);
  // Root needs no sudo, and others need a right to it.
  const user = finalUser(final);
  if (environment === undefined || user === undefined || isRoot(user) || !grantsSudo(final)) return;
  for (const { packages } of chainOf(final))
    for (const call of packages)
      for (const { name, word } of call.action === 'install' ? call.packages : [])
        if (name === 'sudo')
          yield { at: word.range, data: { venv: environment.path.text }, message: 'installed', severity: 'info' };
}

function grantsSudo(final: PythonStage): boolean {
  return chainOf(final).some(
    ({ writes, calls }) =>
      writes.some(({ path }) => path.text.startsWith('/etc/sudoers')) ||
      calls.some(
        ({ program, words }) =>
          /^(?:useradd|usermod|adduser|addgroup|gpasswd)$/.test(program) &&
          words.some(({ value }) => /(?:^|,)(?:sudo|wheel|admin)(?:,|$)/.test(value)),
      ),
  );
}
