import { defineRule, fixOf, type Report } from '../../src/engine/rule.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { isPythonProgram, type Start, startsOf } from '../../src/python/starts.ts';
import { programOf, type ShellCommand, type ShellScript } from '../../src/shell/script.ts';
import { scriptOfHeredoc } from '../../src/shell/step-script.ts';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    if (final === undefined) return;
    const { entrypoint, cmd } = startsOf(final);
    for (const start of [entrypoint, cmd]) {
      if (start === undefined || hasInit(entrypoint)) continue;
      yield* listReports(start, final);
      yield* scriptReports(start, final);
    }
  },
});

/** They end by themselves and lose nothing worth a signal. */
const ONE_SHOT = /^(?:pytest|pip[\d.]*|alembic|django-admin|ansible(?:-playbook)?|scrapy)$/;

/** An init process stands above the shell, and may signal the whole group. */
function hasInit(entrypoint: Start | undefined): boolean {
  return (
    entrypoint?.calls.some(
      ({ words, command }) =>
        /^(?:tini|dumb-init|catatonit|s6-svscan|init)$/.test(programOf(words[0]?.value ?? '')) ||
        command.wrappers.some(({ name }) => /^(?:tini|dumb-init|catatonit)$/.test(name)),
    ) ?? false
  );
}

/** Shell form and `sh -c`: dash starts every command as a child; bash 5.1 replaces itself by the last one. */
function* listReports({ calls, step }: Start, final: PythonStage): Generator<Report> {
  const [first] = calls;
  if (first === undefined) return;
  const isShellForm = first.command.shell !== 'exec';
  const commands = calls.map(({ command }) => command).filter(({ shell }) => shell !== 'exec');
  const shell = isShellForm ? first.command.shell : commands[0]?.shell;
  if (shell !== 'sh' && shell !== 'dash' && shell !== 'ash') return;
  // sh is bash there.
  if (final.base?.distribution?.sh === 'bash' || step.instruction.heredocs.length > 0) return;
  // dash keeps even a single command as a child; other shells that are sh are not known to.
  if (commands.length < 2 && final.base?.distribution?.sh !== 'dash') return;
  yield* lastReport(commands, first.script);
}

function* lastReport(commands: readonly ShellCommand[], script: ShellScript): Generator<Report> {
  const last = commands.at(-1);
  const word = last?.words[0];
  if (last === undefined || word === undefined || script.problems.length > 0) return;
  if (
    commands.some(
      ({ program, within, connector }) =>
        program === 'trap' || program === 'wait' || within.includes('background') || connector === '&',
    )
  )
    return;
  const isPlain =
    last.within.every((construct) => construct === 'nested-shell') &&
    ['first', '&&', ';', 'newline'].includes(last.connector) &&
    last.wrappers.length === 0;
  if (!isPlain || !startsPython(last)) return;
  yield {
    at: word.range,
    data: { program: word.value },
    severity: ONE_SHOT.test(last.program) ? 'info' : 'warning',
    fix: fixOf('safe', 'Let the program take the place of the shell', [
      word.isWhole ? { range: { start: word.range.start, end: word.range.start }, text: 'exec ' } : undefined,
    ]),
  };
}

function startsPython({ words, program }: ShellCommand): boolean {
  return isPythonProgram(program) || (/^(?:uv|poetry|pipenv|pdm)$/.test(program) && words[1]?.value === 'run');
}

/** A script that the Dockerfile itself holds and that the image starts. */
function* scriptReports({ calls }: Start, final: PythonStage): Generator<Report> {
  const name = calls[0]?.words[0]?.value ?? '';
  const program = programOf(name);
  const path = /^(?:sh|bash|dash|ash)$/.test(program) ? (calls[0]?.words[1]?.value ?? '') : name;
  for (const { step, path: target } of final.writes) {
    const { instruction } = step;
    const [heredoc] = instruction.heredocs;
    if (
      instruction.keyword !== 'COPY' ||
      heredoc === undefined ||
      instruction.heredocs.length !== 1 ||
      target.text !== path
    )
      continue;
    const script = scriptOfHeredoc(heredoc);
    const last = script?.commands.at(-1);
    const word = last?.words[0];
    if (script === undefined || last === undefined || word === undefined || script.problems.length > 0) continue;
    if (
      last.within.length > 0 ||
      script.commands.some(
        ({ program: other, within }) => other === 'trap' || other === 'wait' || within.includes('background'),
      )
    )
      continue;
    if (last.wrappers.length > 0 || (word.value !== '$@' && !startsPython(last))) continue;
    yield {
      at: word.range,
      data: { program: word.value },
      fix: fixOf('safe', 'Let the program take the place of the shell', [
        { range: { start: word.range.start, end: word.range.start }, text: 'exec ' },
      ]),
    };
  }
}
